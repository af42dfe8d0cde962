"""Batches: up to a hundred renders with one request."""
