"""`clipit smoke`: one small render through a deployed stack, from the API to the webhook."""
