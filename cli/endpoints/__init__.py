"""`clipit endpoints`: the webhook endpoints of a tenant."""
