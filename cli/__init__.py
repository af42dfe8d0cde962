"""The command line `clipit`: a package per command."""
