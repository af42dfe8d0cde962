"""`clipit local`: a local stack for manual work."""
