"""`clipit keys`: API keys of tenants and their webhook secrets."""
