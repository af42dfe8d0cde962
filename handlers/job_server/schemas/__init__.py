"""What the API takes and answers: requests, responses and the OpenAPI document."""
