"""`clipit webhooks`: the secrets that sign tenants' webhooks."""
