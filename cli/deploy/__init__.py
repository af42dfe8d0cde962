"""`clipit deploy` and `clipit rollback`: a deployment that knows when it is finished."""
