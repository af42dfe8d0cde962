"""ECS as moto does not have it: deployments that can fail, tasks that stop, scaling of services."""
