"""`clipit restore`: brings back items of the table from a point-in-time copy beside it."""
