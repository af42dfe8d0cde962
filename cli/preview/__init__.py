"""`clipit preview`: shows what the program would deploy."""
