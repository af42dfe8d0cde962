"""The fleet on paper: the scaler's own decision function against arrival traces and published baselines."""
