"""The Python language host for a self-built Pulumi CLI; official CLIs bring their own."""
