"""One rule a file, named like its id."""
