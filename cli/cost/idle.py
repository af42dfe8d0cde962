"""What a stack costs in a month in which nothing renders, by the resources that its program registers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cli.cost.fleets import Fleet
from cli.cost.prices import Prices
from cli.preview.registered import Registered

HOURS = 730
"""Hours in a month, as AWS's calculator counts them."""

FREE_DASHBOARDS = 3
"""Dashboards that CloudWatch does not charge (Amazon CloudWatch pricing page)."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the bill: how much of what, in USD a month."""

    name: str
    quantity: float
    unit: str
    usd: float


_Counter = Callable[[Registered], float]


def _subnets(resource: Registered) -> float:
    subnets = resource.inputs.get("subnetIds") or resource.inputs.get("subnets")
    return len(subnets) if isinstance(subnets, list) else 0


def _rules(resource: Registered) -> float:
    rules = resource.inputs.get("rules")
    return len(rules) if isinstance(rules, list) else 0


def _interface(resource: Registered) -> float:
    return _subnets(resource) if resource.inputs.get("vpcEndpointType") == "Interface" else 0


def _metrics(resource: Registered) -> float:
    """What an alarm is charged by: each metric that it looks at."""
    queries = resource.inputs.get("metricQueries")
    return sum(bool(one.get("metric")) for one in queries) if isinstance(queries, list) and queries else 1


def _one(_resource: Registered) -> float:
    return 1


_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
_TASK = "aws:ecs/taskDefinition:TaskDefinition"
_COUNTED: tuple[tuple[str, str, _Counter, str, str], ...] = (
    ("NAT gateways", "aws:ec2/natGateway:NatGateway", _one, "nat_gateway_hour", "gateways"),
    (
        "interface endpoints",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        _interface,
        "interface_endpoint_hour",
        "zones",
    ),
    ("load balancer", _BALANCER, _one, "load_balancer_hour", "balancers"),
    ("public addresses of NAT", "aws:ec2/eip:Eip", _one, "public_ipv4_hour", "addresses"),
    (
        "public addresses of the balancer",
        "aws:lb/loadBalancer:LoadBalancer",
        _subnets,
        "public_ipv4_hour",
        "addresses",
    ),
    ("alarms", "aws:cloudwatch/metricAlarm:MetricAlarm", _metrics, "alarm_month", "metrics"),
    (
        "composite alarms",
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        _one,
        "composite_alarm_month",
        "alarms",
    ),
    ("keys", "aws:kms/key:Key", _one, "kms_key_month", "keys"),
    ("firewall", "aws:wafv2/webAcl:WebAcl", _one, "web_acl_month", "web ACLs"),
    ("firewall rules", "aws:wafv2/webAcl:WebAcl", _rules, "web_acl_rule_month", "rules"),
)
"""What is charged while it exists: name, type, how many of a resource, price, unit."""


def items(resources: Sequence[Registered], fleets: Mapping[str, Fleet], prices: Prices) -> tuple[Item, ...]:
    """List what is charged while nothing renders, the dearest first.

    Requests, traffic, logs, metrics and stored bytes are charged by use and are not in it.
    """
    found = [*_by_the_piece(resources, prices), *_tasks(resources, prices), *_instances(fleets, prices)]
    return tuple(sorted((item for item in found if item.usd), key=lambda item: (-item.usd, item.name)))


def _by_the_piece(resources: Sequence[Registered], prices: Prices) -> Iterator[Item]:
    for name, kind, counted, price, unit in _COUNTED:
        quantity = sum(counted(resource) for resource in resources if resource.type == kind)
        hours = HOURS if price.endswith("_hour") else 1
        yield Item(name=name, quantity=quantity, unit=unit, usd=quantity * hours * prices[price])
    kinds = Counter(resource.type for resource in resources)
    paid = max(0, kinds["aws:cloudwatch/dashboard:Dashboard"] - FREE_DASHBOARDS)
    yield Item(name="dashboards", quantity=paid, unit="dashboards", usd=paid * prices["dashboard_month"])


def _tasks(resources: Sequence[Registered], prices: Prices) -> Iterator[Item]:
    """Price the tasks of each service by the task definition of its name."""
    definitions = {
        each.name: each for each in resources if each.type == "aws:ecs/taskDefinition:TaskDefinition"
    }
    for service in resources:
        if service.type == "aws:ecs/service:Service":
            task = definitions[service.name].inputs
            count = _number(service.inputs.get("desiredCount"))
            vcpu, gb = _number(task.get("cpu")) / 1024, _number(task.get("memory")) / 1024
            hour = vcpu * prices["fargate_vcpu_hour"] + gb * prices["fargate_gb_hour"]
            yield Item(
                name=f"tasks of {service.name}", quantity=count, unit="tasks", usd=count * hour * HOURS
            )


def _instances(fleets: Mapping[str, Fleet], prices: Prices) -> Iterator[Item]:
    """Price the instances that a fleet keeps when it has no job."""
    for name, fleet in fleets.items():
        hour = fleet.idle_price_per_hour
        disk = fleet.minimum * fleet.volume_gib * prices["gp3_gb_month"]
        usd = hour * HOURS + disk
        yield Item(name=f"idle instances of {name}", quantity=fleet.minimum, unit="instances", usd=usd)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | str) else 0
