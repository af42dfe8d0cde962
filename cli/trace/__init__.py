"""`clipit trace`: what happened to one render, from every source that knows of it."""
