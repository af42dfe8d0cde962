"""Systems Manager in the emulated AWS: associations, documents and managed instances."""
