"""One rule per file, named like its id. To add a rule, follow docs/how-to/add-a-policy.md."""
