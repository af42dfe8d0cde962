"""Lambda in the emulated AWS: a function's code and configuration; the local stack runs it."""
