"""What belongs to tenants and their keys: scopes, and what renders have used."""
