"""What an account must have before the first deployment: a second Pulumi program, one stack an account."""
