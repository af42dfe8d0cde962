"""The rules that a stack has to satisfy; `catalogue.RULES` is the ordered tuple of them."""
