"""The scaler: how many instances a fleet has, and which of them leave."""
