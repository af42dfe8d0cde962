"""What the bootstrap document does on a new instance once the agent's bundle is there."""
