"""What meets a request first: the wire, the outermost layer, admission, and the reading of bodies."""
