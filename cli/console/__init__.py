"""`clipit console`: a read-only web page about a stack, served on this machine alone."""
