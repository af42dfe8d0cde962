"""Resource policies in the emulated AWS: of buckets and of queues."""
