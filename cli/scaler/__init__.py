"""`clipit scaler`: what the scaler of a running fleet decided."""
