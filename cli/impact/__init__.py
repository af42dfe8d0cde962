"""`clipit impact`: shows what a preview would change, the most severe changes first."""
