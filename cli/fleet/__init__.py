"""Manage the fleets of a deployed stack."""
