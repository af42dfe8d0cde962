"""What other tenants notice of one that attacks: `make bench-fairness`."""
