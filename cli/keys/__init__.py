"""`clipit keys`: the API keys of tenants."""
