"""Connections that leave the stack: to addresses that are checked, and for a time that is limited."""
