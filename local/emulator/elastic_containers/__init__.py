"""ECS in the emulated AWS: deployments of services, and the tasks that whoever runs them reports."""
