"""`clipit logs`: the log lines of a render or of an instance."""
