"""Calls in threads, and what a request of the API may not spend time on."""

import asyncio
import inspect

import pytest
import structlog
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from handlers.job_server.edge.threads import in_thread
from handlers.job_server.entrypoint import from_environment
from tests.handlers.job_server.test_settings import GOOD


def test_a_call_in_a_thread_has_the_log_context_of_its_request() -> None:
    async def asked() -> dict[str, object]:
        structlog.contextvars.bind_contextvars(request_id="q")
        return await in_thread(structlog.contextvars.get_contextvars)

    assert asyncio.run(asked()) == {"request_id": "q"}


@pytest.mark.usefixtures("aws")
def test_no_dependency_of_a_route_changes_threads() -> None:
    """The framework calls one that is no coroutine in a thread: that takes as long as a look at a table."""
    _, app = from_environment(GOOD)
    found = [call for dependant in dependants(app) for call in calls_of(dependant)]

    assert found
    assert not [call for call in found if not inspect.iscoroutinefunction(call)]


@pytest.mark.usefixtures("aws")
def test_no_route_is_behind_an_included_router() -> None:
    """The framework looks for such a route twice at each request."""
    _, app = from_environment(GOOD)

    assert {"submitRender", "getRender"} <= {getattr(route, "operation_id", None) for route in app.routes}
    assert not [route for route in app.routes if hasattr(route, "original_router")]


def dependants(app: FastAPI) -> list[Dependant]:
    return [route.dependant for route in app.routes if isinstance(route, APIRoute)]


def calls_of(dependant: Dependant) -> list[object]:
    below = [call for inner in dependant.dependencies for call in calls_of(inner)]
    own = [inner.call for inner in dependant.dependencies]
    return [call if inspect.isroutine(call) else type(call).__call__ for call in own if call] + below
