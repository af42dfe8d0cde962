"""Shows the progress of a run: lines for pipes, JSON for programs, live for terminals."""
