"""EC2 on this machine: instances of the emulated groups as processes, with metadata and an SSM agent."""
