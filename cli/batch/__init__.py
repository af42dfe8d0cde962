"""`clipit batch`: submit up to a hundred renders together, and follow them."""
