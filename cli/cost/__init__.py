"""`clipit cost`: what a stack costs while nothing renders, and what a rendered minute costs."""
