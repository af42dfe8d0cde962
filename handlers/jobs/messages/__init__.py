"""The messages of a fleet: its render queue and its dead-letter queue."""
