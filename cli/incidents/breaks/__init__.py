"""Ways to break a stack, each mended as its runbook says."""
