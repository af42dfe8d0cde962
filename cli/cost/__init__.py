"""`clipit cost`: prices a stack without renders, and a rendered minute."""
