"""The job server: the HTTP API through which customers submit and follow renders."""
