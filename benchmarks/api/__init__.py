"""What the API adds to a bare FastAPI endpoint: `python -m benchmarks.api`."""
