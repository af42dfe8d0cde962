"""Connections between the load balancer and the job server are closed by the load balancer."""

import pytest
from fastapi import FastAPI

from handlers.job_server.__main__ import EVERY_ADDRESS, serving


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_the_server_keeps_an_idle_connection_for_longer_than_the_balancer(program, stack) -> None:
    (balancer,) = program(stack).of("aws:lb/loadBalancer:LoadBalancer")
    assert serving(FastAPI(), 8080, host=EVERY_ADDRESS).timeout_keep_alive > balancer.inputs["idleTimeout"]
