"""What a run shows while it goes on: lines for pipes, JSON for programs, live for terminals."""
