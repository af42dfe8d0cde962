"""Who may do what in an account: trusts of workflows, and what each role allows."""
