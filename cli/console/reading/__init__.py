"""What the console reads of a stack, kept for some seconds, and why it could not be read."""
