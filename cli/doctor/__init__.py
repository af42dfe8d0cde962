"""`clipit doctor`: checks the prerequisites of a deployment."""
