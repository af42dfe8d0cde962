"""What the pages show, as texts, paths and places. Pure."""
