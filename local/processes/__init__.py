"""Child processes of a local stack: started, signaled and ended."""
