"""Runs a local stack: its processes, its Pulumi runs, and a view of what is deployed."""
