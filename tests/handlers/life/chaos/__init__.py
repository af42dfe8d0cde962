"""Hundreds of renders through every process of ours, in simulated time, under faults that a seed draws."""
