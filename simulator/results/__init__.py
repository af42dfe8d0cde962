"""What a comparison came to: goals, tables, pages and pictures."""
