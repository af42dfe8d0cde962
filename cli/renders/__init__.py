"""`clipit submit`, `watch`, `get`, `list`, `cancel`, `events`: the API from a terminal."""
