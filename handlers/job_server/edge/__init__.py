"""The first steps of a request: the protocol, the outermost middleware, admission, and reading the body."""
