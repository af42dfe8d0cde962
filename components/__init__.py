"""What is deployed: settings in, AWS resources out."""
