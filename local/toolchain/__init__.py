"""What this machine needs first: the virtual environment and the Pulumi CLI."""
