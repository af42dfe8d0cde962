"""ECS on this machine: tasks of the deployed services as processes."""
