"""Load balancer and job server agree on who closes connections, and on which paths are public."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest
from fastapi import FastAPI

from handlers.job_server.__main__ import serving
from handlers.job_server.edge.middleware import HEALTH, READINESS
from handlers.job_server.schemas.openapi import COMMITTED

STACKS = ["local", "dev", "prod"]


@pytest.mark.parametrize("stack", STACKS)
def test_the_server_keeps_an_idle_connection_for_longer_than_the_balancer(program, stack) -> None:
    (balancer,) = program(stack).of("aws:lb/loadBalancer:LoadBalancer")
    assert serving(FastAPI(), "127.0.0.1", 8080).timeout_keep_alive > balancer.inputs["idleTimeout"]


@pytest.mark.parametrize("stack", STACKS)
def test_the_balancer_checks_the_health_that_asks_no_dependency(program, stack) -> None:
    (group,) = program(stack).of("aws:lb/targetGroup:TargetGroup")
    assert group.inputs["healthCheck"]["path"] == HEALTH


@pytest.mark.parametrize("stack", STACKS)
def test_the_balancer_passes_on_every_documented_path_and_not_readiness(
    program: Callable[[str], Any], stack: str
) -> None:
    documented = set(json.loads(COMMITTED.read_text())["paths"])
    refused = [
        pattern
        for rule in program(stack).of("aws:lb/listenerRule:ListenerRule")
        for condition in rule.inputs["conditions"]
        for pattern in condition["pathPattern"]["values"]
    ]
    assert refused == [READINESS]
    assert {path for path in documented if any(fnmatchcase(path, one) for one in refused)} == set()
