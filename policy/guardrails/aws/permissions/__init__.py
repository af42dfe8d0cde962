"""IAM permissions: how far a statement reaches, and which actions are too much."""
