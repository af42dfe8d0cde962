"""`clipit scaler`: shows what a fleet's scaler decided."""
