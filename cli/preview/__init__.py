"""`clipit preview --offline`: what the program would deploy."""
