"""What a render fleet consists of beside its group: template, role, lifecycle hooks, CloudWatch agent."""
