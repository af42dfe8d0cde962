"""The one table: what it holds, a file for each side that reads and writes it."""
