"""`clipit deploy` and `clipit rollback`: deploys a revision and waits until everything runs it."""
