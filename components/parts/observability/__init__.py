"""What observability consists of: alarms and the dashboard, as data."""
