"""`clipit tenants`: the limits of single tenants."""
