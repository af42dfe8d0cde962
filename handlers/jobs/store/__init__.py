"""The one table: its items, and a module for each side that reads and writes them."""
