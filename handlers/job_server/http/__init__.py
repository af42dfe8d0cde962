"""The HTTP edge of the job server: connections, limits on requests, and bodies."""
