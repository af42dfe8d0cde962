"""`clipit redrive`: tries failed renders again."""
