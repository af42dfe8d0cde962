"""The API on fakes, in this process, for commands that call it."""

from collections.abc import Iterator
from contextlib import contextmanager

from clipit_client import Client
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from handlers.job_server.app import create_app
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.renders.callers import Limits
from handlers.job_server.renders.service import RenderService
from handlers.job_server.schemas.requests import Rules
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from tests.handlers.conftest import Clock
from tests.handlers.job_server.fakes import FakeKeys, World, kept_templates

RULES = Rules(fleets=("cpu",), default_fleet="cpu", webhook_targets=WebhookTargets.PUBLIC)


@contextmanager
def client_of_fakes() -> Iterator[Client]:
    """A client of a server that has nothing yet."""
    world = World(clock=Clock())
    service = RenderService.of(
        jobs=world.jobs,
        objects=world.objects,
        queue=world.queue,
        limits=Limits(tenant_queued=9, retention_days=1, attempts=1),
        clock=world.clock,
    )
    api = create_app(
        service, world.webhooks, kept_templates(), world.keys, world.dependencies, RULES, Capacity()
    )
    with capture_logs(), TestClient(api, base_url="https://api") as http:
        yield Client(url="https://api", key=FakeKeys.KEY, retries=0, http=http)
