"""Holds the pages against the writing guide."""
