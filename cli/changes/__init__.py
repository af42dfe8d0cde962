"""`clipit changes`: what a preview would change, the gravest first."""
