"""What customers ask of their jobs that needs more than the jobs themselves."""
