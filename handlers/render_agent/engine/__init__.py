"""The render engine as a child process: its arguments, its output, and its end."""
