"""`clipit doctor`: what a deployment needs and does not make itself."""
