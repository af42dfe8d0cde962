"""The command line `clipit`: one file a command."""
