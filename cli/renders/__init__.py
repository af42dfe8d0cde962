"""`clipit submit`, `watch`, `get`, `list`, `cancel`, `events`: call the API from a terminal."""
