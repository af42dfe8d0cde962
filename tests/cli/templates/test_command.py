"""`clipit templates` against the server on fakes."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from clipit_client import Client
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from typer.testing import CliRunner

from cli.main import app
from cli.templates import command
from handlers.job_server.app import create_app
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.schemas.examples import REQUESTS
from handlers.job_server.schemas.requests import Rules
from handlers.job_server.service import Limits, RenderService
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from tests.handlers.conftest import Clock
from tests.handlers.job_server.fakes import FakeKeys, World, kept_templates

RULES = Rules(fleets=("cpu",), default_fleet="cpu", webhook_targets=WebhookTargets.PUBLIC)


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    world = World(clock=Clock())
    service = RenderService(
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
        client = Client(url="https://api", key=FakeKeys.KEY, retries=0, http=http)
        monkeypatch.setattr(command, "from_environment", lambda: nullcontext(client))
        yield


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["templates", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_a_template_is_put_listed_got_and_deleted(tmp_path: Path) -> None:
    definition = tmp_path / "promo.json"
    definition.write_text(json.dumps(REQUESTS["putTemplate"]["promo"]))
    assert run("put", "promo", str(definition), "--if-version", "0") == "promo@1"
    assert run("list").splitlines()[-1].split() == ["promo@1", "A", "price", "in", "large", "letters"]
    assert json.loads(run("get", "promo"))["fields"]["required"] == ["price"]
    assert run("delete", "promo") == "promo deleted"
    assert "promo" not in run("list")
