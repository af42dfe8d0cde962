"""What others wrote, read so that whatever it is can be stored, sent and shown."""
