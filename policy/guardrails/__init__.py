"""The rules that a stack must satisfy; `catalogue.RULES` is the ordered tuple of them."""
