"""What the job server consists of: its entrance, its firewall, its tasks."""
