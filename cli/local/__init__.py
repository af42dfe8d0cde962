"""`clipit local`: a local stack to work with by hand."""
