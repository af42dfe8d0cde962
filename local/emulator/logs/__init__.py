"""CloudWatch Logs in the emulated AWS: what moto lacks of queries, filters and embedded metrics."""
