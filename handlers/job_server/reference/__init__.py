"""The API in a browser: the OpenAPI document to read, and its requests to try."""
