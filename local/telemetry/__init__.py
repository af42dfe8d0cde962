"""What a local stack's processes tell CloudWatch: lines of their log files, and measurements."""
