"""What alarms and dashboards watch: the names of functions, fleets, the server and the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class WatchedFunction:
    """A function and the queue of events it could not handle."""

    component: str
    name: pulumi.Input[str]
    dead_letters: pulumi.Input[str]
    every_minute: bool
    fleet: str | None = None


@dataclass(frozen=True, kw_only=True)
class WatchedFleet:
    """The queues of a fleet and its group, and how soon which share of its renders shall start."""

    queue: pulumi.Input[str]
    bulk_queue: pulumi.Input[str]
    dead_letters: pulumi.Input[str]
    group: pulumi.Input[str]
    wait_objective_s: float
    wait_quantile: float


@dataclass(frozen=True, kw_only=True)
class WatchedServer:
    """The service of the API, its balancer and its targets."""

    service_arn: str
    balancer: pulumi.Input[str]
    target_group: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Everything that is watched."""

    environment: str
    functions: Sequence[WatchedFunction]
    fleets: Mapping[str, WatchedFleet]
    server: WatchedServer
    table: pulumi.Input[str]
    webhook_dead_letters: pulumi.Input[str]
