"""`clipit simulate`: the scaler against arrival traces."""
