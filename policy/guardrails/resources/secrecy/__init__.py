"""What looks like a secret: by its name, or by its shape. Nothing here ever returns the secret."""
