"""What stands beside the engine's sources in its archive: its installer, its command, its licenses."""
