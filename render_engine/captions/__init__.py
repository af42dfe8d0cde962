"""The captions of a video: read from a file, and laid out over its frames."""
