"""The load a boot from now, and up to how many instances it is worth: estimates and queueing theory."""
