"""A local stack from its first process to its last, the Pulumi runs on it, and what it has deployed."""
