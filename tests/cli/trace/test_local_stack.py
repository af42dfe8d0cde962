"""The hardest story of a render, played on a local stack: `clipit trace` tells all of it, in order.

The render waits for a boot, loses its agent while the engine works, is given back and retried, and its
receiver refuses the webhook twice.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from clipit_client import Client
from clipit_client.client import Renders
from clipit_client.models import Render
from typer.testing import CliRunner

from cli.keys.tenants import Tenants
from cli.main import app
from cli.trace.calls import MOST_CALLS
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.store.table import Table
from local.stack import session
from local.stack.deployed import operator_variables
from local.stack.runner import LocalStack, Options, running
from tests.web_server import serving

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.long, pytest.mark.timeout(900)]

PACE = 8.0
"""The sweeper gives the render back within seconds and not a minute; nothing else is faster."""
STEP_S = 240.0
CLOCKS_S = 1.0
"""Rows of one moment come from clocks of several machines."""
COMPOSITION = {
    "version": 1,
    "width": 1280,
    "height": 720,
    "rate": 25,
    "scenes": [{"duration_s": 40, "text": {"content": "Hello"}}],
}
"""Many seconds of work for the engine: it is killed in the middle."""
STORY = (
    ("job", "submitted"),
    ("api", "request"),
    ("scaler", "waits: instance_booting"),
    ("group", "Launching a new EC2 instance"),
    ("agent", "agent_started"),
    ("group", "launching ended"),
    ("agent", "launch_completed"),
    ("job", "claimed"),
    ("agent", "job_claimed"),
    ("agent", "engine_started"),
    ("job", "lease_lost"),
    ("sweeper", "job_repaired"),
    ("job", "claimed"),
    ("agent", "engine_started"),
    ("agent", "engine_ended"),
    ("agent", "video_stored"),
    ("job", "succeeded"),
    ("webhook", "try 1 failed"),
    ("webhook", "try 2 failed"),
    ("webhook", "try 3 delivered"),
)
"""Source and beginning of rows, in the order in which the trace must have them."""

Row = Mapping[str, Any]


class Receiver(BaseHTTPRequestHandler):
    """Refuses the first webhooks."""

    answers: list[int]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class World:
    """A deployed local stack, a customer of it, and the policy that it exports for its operators."""

    stack: LocalStack
    renders: Renders
    policy: str

    def agent(self) -> int:
        """The process of the only agent."""
        (file,) = (self.stack.folder / "instances").glob("*/opt/clip-it/state/pid")
        return int(file.read_text())


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running(Options(pace=PACE), lambda _event: None) as stack:
        pulumi = stack.pulumi(lambda _text: None)
        pulumi.create_stack()
        stack.serve()
        pulumi.up(lambda _progress, _name: None, deadline_s=STEP_S)
        stack.wait_for("a healthy task", lambda: bool(stack.api_url()), deadline_s=STEP_S)
        connection, named = stack.connection, operator_variables(stack.connection)
        secrets = WebhookSecrets(connection.ssm(), named["CLIPIT_WEBHOOK_SECRET_PREFIX"])
        key = Tenants(Table(connection.dynamodb(), named["CLIPIT_TABLE"])).create("story", secrets).key
        with Client(url=stack.api_url() or "", key=key) as client:
            policy = str(pulumi.outputs()["operator_read_policy"])
            yield World(stack=stack, renders=client.renders, policy=policy)


def percent(render: Render) -> int:
    """How far the engine has come."""
    return render.progress.percent if render.progress else 0


@pytest.fixture(scope="module")
def render(world: World) -> Iterator[str]:
    """The render whose story has ended."""
    renders, stack = world.renders, world.stack
    with serving(type("Refusing", (Receiver,), {"answers": [500, 503]})) as server:
        url = f"http://127.0.0.1:{server.server_port}/hook"
        render = renders.create(composition=COMPOSITION, webhook_url=url).id
        stack.wait_for("an engine at work", lambda: percent(renders.get(render)) > 0, deadline_s=STEP_S)
        os.kill(world.agent(), signal.SIGKILL)
        stack.wait_for("a video", lambda: renders.get(render).state == "succeeded", deadline_s=STEP_S)
        stack.wait_for(
            "a delivery",
            lambda: any(one.delivered for one in renders.deliveries(render)),
            deadline_s=STEP_S,
        )
        yield render


@pytest.fixture
def trace(world: World, render: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Mapping[str, Any]]:
    """The command, as somebody types it; only the stack is another than that of `clipit local up`."""
    found = session.Session(pid=os.getpid(), emulator_url=world.stack.connection.endpoint)
    monkeypatch.setattr(session, "find", lambda: found)

    def typed(*words: str) -> Mapping[str, Any]:
        done = CliRunner().invoke(app, ["trace", render, "--stack", "local", "--json", *words])
        assert done.exit_code == 0, done.output
        document: Mapping[str, Any] = json.loads(done.stdout)
        return document

    return typed


def untold(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """What of the story is missing, or comes before what it follows."""
    left, missing, last = list(rows), [], 0.0
    for source, what in STORY:
        fits = [
            row
            for row in left
            if row["source"] == source
            and row["what"].startswith(what)
            and row["at"] is not None
            and row["at"] >= last - CLOCKS_S
        ]
        if fits:
            left.remove(fits[0])
            last = max(last, fits[0]["at"])
        else:
            missing.append((source, what))
    return missing


def test_the_whole_story_is_told_in_order_with_few_calls(
    world: World, trace: Callable[..., Mapping[str, Any]], tmp_path: Path
) -> None:
    deadline = time.monotonic() + STEP_S
    while untold(trace()["rows"]) and time.monotonic() < deadline:
        time.sleep(1)  # the last log lines arrive at the end of a minute
    found = trace("--html", str(tmp_path / "trace.html"), "--otlp", str(tmp_path / "trace.json"))
    rows = found["rows"]
    assert untold(rows) == []
    assert [row for row in rows if row["what"] == "not read"] == []
    assert all(one["at"] <= two["at"] for one, two in pairwise(rows))
    claims = [row["detail"] for row in rows if (row["source"], row["what"]) == ("job", "claimed")]
    assert len({claim.rpartition("agent:")[2] for claim in claims}) == 2
    assert 0 < found["boot_s"] < found["wait_s"] + CLOCKS_S
    assert (tmp_path / "trace.html").read_text().startswith("<!doctype html>")
    allowed = {action for one in json.loads(world.policy)["Statement"] for action in one["Action"]}
    assert len(found["calls"]) <= MOST_CALLS
    assert set(found["calls"]) <= allowed


def test_the_customer_sees_the_lost_attempt(world: World, render: str) -> None:
    kinds = [one.kind for one in world.renders.events(render)]
    assert kinds == ["submitted", "claimed", "lease_lost", "claimed", "succeeded"]
