"""`clipit drain` and `clipit destroy`: ends the work of a stack, then the stack."""
