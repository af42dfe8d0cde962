"""The Python language host for a Pulumi CLI that was built here: official CLIs bring their own."""
