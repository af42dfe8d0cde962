"""Addresses that receive the webhooks of all renders of a tenant, each with a secret of its own."""
