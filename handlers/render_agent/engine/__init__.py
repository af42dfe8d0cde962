"""The render engine as a child process: what it is told, what it says, and its end."""
