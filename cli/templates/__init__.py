"""`clipit templates`: a tenant's own templates."""
