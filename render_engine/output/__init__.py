"""What is written of a video: formats, qualities, a poster."""
