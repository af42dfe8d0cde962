"""Hundreds of renders on a local stack, under faults of its processes, its cloud and its messages."""
