"""One machine as the cloud: emulated AWS, its Pulumi provider, and processes instead of computers."""
