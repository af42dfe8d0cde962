"""What the job store consists of beside its table: private buckets."""
