"""`clipit preview`: what the program would deploy."""
