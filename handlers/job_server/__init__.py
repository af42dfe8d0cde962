"""The job server: the HTTP API through which customers submit renders and see what becomes of them."""
