"""Sets up this machine: the virtual environment and the Pulumi CLI."""
