"""What is measured, each by one make target."""
