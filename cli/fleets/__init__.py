"""Fleets of a deployed stack."""
