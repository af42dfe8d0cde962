"""`clipit drift`: shows changes made outside Pulumi, and checks the state against the rules."""
