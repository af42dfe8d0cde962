"""`clipit incidents`: breaks a local stack, waits for its alarms, and mends it by their runbooks."""
