"""In which order the program asks for things: AWS refuses what comes too early."""

from collections.abc import Callable
from typing import Any

import pytest


def depends(world: Any, resource: Any) -> set[str]:
    """Logical names of everything a resource waits for, however far away."""
    by_urn = {one.urn: one for one in world.resources}
    seen: set[str] = set()
    waiting = [resource]
    while waiting:
        for urn in waiting.pop().dependencies:
            if urn not in seen:
                seen.add(urn)
                waiting.append(by_urn[urn])
    return {f"{by_urn[urn].type.rpartition(':')[2]} {by_urn[urn].name}" for urn in seen}


@pytest.mark.parametrize(
    ("type_", "name", "first"),
    [
        pytest.param(
            "aws:lambda/function:Function",
            "notifier",
            "RolePolicy notifier-platform",
            id="function after its role",
        ),
        pytest.param(
            "aws:autoscaling/group:Group",
            "cpu-fleet",
            "RolePolicy cpu-fleet-platform",
            id="instances after their role",
        ),
        pytest.param(
            "aws:autoscaling/group:Group", "cpu-fleet", "Route network-private-a", id="instances after routes"
        ),
        pytest.param(
            "aws:lb/loadBalancer:LoadBalancer",
            "job-server",
            "Route network-public",
            id="balancer after route",
        ),
        pytest.param(
            "aws:lb/loadBalancer:LoadBalancer",
            "job-server",
            "BucketPolicy job-store-logs",
            id="balancer after its logs",
        ),
        pytest.param(
            "aws:ec2/flowLog:FlowLog",
            "network",
            "BucketPolicy network-flow-logs",
            id="flow log after its bucket",
        ),
        pytest.param(
            "aws:ec2/natGateway:NatGateway",
            "network-nat-a",
            "InternetGateway network",
            id="gateway after the way out",
        ),
        pytest.param(
            "aws:ecs/service:Service", "job-server", "Listener job-server-https", id="service after listener"
        ),
        pytest.param(
            "aws:ecs/service:Service",
            "job-server",
            "RolePolicy job-server-execution",
            id="tasks after their role",
        ),
        pytest.param(
            "aws:ssm/association:Association",
            "bootstrap-cpu",
            "BucketObjectv2 bootstrap-agent",
            id="bootstrap after agent",
        ),
        # What is launched first would install the version before, and never be repaired to the new one.
        pytest.param(
            "aws:autoscaling/group:Group",
            "cpu-fleet",
            "Association bootstrap-cpu",
            id="instances after their bootstrap",
        ),
    ],
)
def test_nothing_starts_before_what_aws_demands_of_it(
    type_: str, name: str, first: str, program: Callable[..., Any]
) -> None:
    world = program("prod")
    assert first in depends(world, world.one(type_, name))
