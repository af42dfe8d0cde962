"""A graph of a dashboard, and the lines in it as CloudWatch spells them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi

from components.parts.observability.watched import Watched

NAMESPACE = "ClipIt"
INDEXES = ("by-state", "by-tenant", "by-waiting")
"""Of the table; tests/contracts/test_watching.py proves that there are no others."""

Metric = list[pulumi.Input[str] | dict[str, str]]
"""Namespace, name, dimensions by name and value, and the statistic."""

Line = Callable[..., Metric]
"""Makes the line of a metric from its name, its statistic, and further dimensions."""


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Some metrics under one title."""

    title: str
    metrics: Sequence[Metric]


def percentiles(line: Line, name: str, *stats: str) -> list[Metric]:
    """A line for each percentile of a metric."""
    return [line(name, stat) for stat in stats]


def of_fleet(watched: Watched, fleet: str, service: str) -> Line:
    """Lines of our metrics about a fleet."""
    return _ours("service", service, "environment", watched.environment, "fleet", fleet)


def of_environment(watched: Watched, service: str) -> Line:
    """Lines of our metrics about all fleets."""
    return _ours("service", service, "environment", watched.environment)


def of_instances(watched: Watched, fleet: str) -> Line:
    """Lines of what the CloudWatch agents of a fleet measure."""
    return _ours("Environment", watched.environment, "Fleet", fleet)


def _ours(*dimensions: str) -> Line:
    def line(name: str, stat: str, *more: str) -> Metric:
        return [NAMESPACE, name, *dimensions, *more, {"stat": stat}]

    return line


def of_queue(name: str, queue: pulumi.Input[str]) -> Metric:
    """A line of SQS."""
    return ["AWS/SQS", name, "QueueName", queue]


def of_group(name: str, group: pulumi.Input[str]) -> Metric:
    """A line of Auto Scaling."""
    return ["AWS/AutoScaling", name, "AutoScalingGroupName", group]


def of_service(name: str, service_arn: str, stat: str) -> Metric:
    """A line of Container Insights, which measures the memory of tasks."""
    _, cluster, service = service_arn.split("/")
    return ["ECS/ContainerInsights", name, "ClusterName", cluster, "ServiceName", service, {"stat": stat}]


def of_function(name: str, function: pulumi.Input[str], stat: str) -> Metric:
    """A line of Lambda."""
    return ["AWS/Lambda", name, "FunctionName", function, {"stat": stat}]


def of_instances_of(name: str, group: pulumi.Input[str], stat: str) -> Metric:
    """A line of EC2 about all instances of a group, which has data only under detailed monitoring."""
    return ["AWS/EC2", name, "AutoScalingGroupName", group, {"stat": stat}]


def of_table_and_indexes(name: str, table: pulumi.Input[str], stat: str) -> list[Metric]:
    """Lines of DynamoDB: the metric of a table does not include its indexes."""
    of_indexes: list[Metric] = [["GlobalSecondaryIndexName", index] for index in INDEXES]
    return [["AWS/DynamoDB", name, "TableName", table, *more, {"stat": stat}] for more in ([], *of_indexes)]


def of_balancer(
    name: str, balancer: pulumi.Input[str], stat: str, *more: pulumi.Input[str] | dict[str, str]
) -> Metric:
    """A line of the load balancer."""
    return ["AWS/ApplicationELB", name, *more, "LoadBalancer", balancer, {"stat": stat}]
