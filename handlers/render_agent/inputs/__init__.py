"""What an attempt gets before its engine starts."""
