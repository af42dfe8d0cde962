"""`clipit drift`: what differs between the cloud and the state, and whether the state satisfies the rules."""
