"""`clipit demo`: one render through the whole chain on this machine."""
