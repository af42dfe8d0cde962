"""`clipit impact`: what a preview would change, the gravest first."""
