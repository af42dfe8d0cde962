"""The templates of tenants: what one may hold, and what is wrong with one."""
