"""`clipit simulate`: simulates the scaler with arrival traces."""
