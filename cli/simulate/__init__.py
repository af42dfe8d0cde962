"""`clipit simulate`: the scaler on paper."""
