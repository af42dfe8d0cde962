"""`clipit redrive`: failed renders tried again."""
