"""Extensions for what an account has beside the service: budgets and identity providers."""
