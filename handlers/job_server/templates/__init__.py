"""The templates of the catalog and of tenants, over HTTP."""
