"""The hardest story of a render, played on a local stack: `clipit trace` tells all of it, in order.

The render waits for a boot, loses its agent while the engine works, is given back and retried, and its
receiver refuses the webhook twice.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest

from cli.local import stack
from cli.renders.api import Api
from cli.trace.calls import MOST_CALLS
from local.stack import session
from tests.contracts.source_tree import ROOT
from tests.web_server import serving

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.long, pytest.mark.timeout(900)]

CLIPIT = (sys.executable, "-m", "cli.start")
STORY_S = 300
COMPOSITION = {
    "version": 1,
    "width": 1280,
    "height": 720,
    "rate": 25,
    "scenes": [{"duration_s": 20, "text": {"content": "Hello"}}],
}
STORY = (
    *(("job", "submitted"), ("scaler", "waits: instance_booting"), ("group", "Launching a new EC2 instance")),
    *(
        ("agent", "agent_started"),
        ("agent", "launch_completed"),
        ("job", "claimed"),
        ("agent", "engine_started"),
    ),
    *(("job", "lease_lost"), ("sweeper", "job_repaired"), ("job", "claimed"), ("agent", "engine_ended")),
    *(
        ("agent", "video_stored"),
        ("job", "succeeded"),
        ("webhook", "try 1 failed"),
        ("webhook", "try 2 failed"),
    ),
    ("webhook", "try 3 delivered"),
)
"""Source and beginning of rows, in the order in which the trace must have them."""


class Receiver(BaseHTTPRequestHandler):
    """Refuses the first two webhooks."""

    answers: list[int]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def shell() -> Iterator[Mapping[str, str]]:
    """The variables of an operator of a local stack, with a customer's key."""
    if session.find() is not None:
        pytest.skip("a local stack of this checkout is up; `clipit local down` ends it")
    clipit("local", "up", "--detach")
    try:
        operator = stack.environment()
        assert operator is not None
        variables = {**os.environ, **operator}
        yield {
            **variables,
            "CLIPIT_API_KEY": clipit("keys", "create", "story", "--quiet", env=variables).strip(),
        }
    finally:
        clipit("local", "down")


def clipit(*words: str, env: Mapping[str, str] = os.environ) -> str:
    """What a command prints."""
    done = subprocess.run(
        [*CLIPIT, *words], cwd=ROOT, env=dict(env), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def agents() -> list[int]:
    """The processes of render agents of this checkout's stack."""
    found = session.find()
    assert found is not None
    parents, running = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        parents[int(folder.name)] = int(state[1])
        if words[1:3] == [b"-m", b"handlers.render_agent"]:
            running.append(int(folder.name))
    return [one for one in running if found.pid in _ancestors(one, parents)]


def _ancestors(process: int, parents: Mapping[int, int]) -> Iterator[int]:
    while process := parents.get(process, 0):
        yield process


def until(what: str, ready: Callable[[], object], deadline_s: float = STORY_S) -> None:
    deadline = time.monotonic() + deadline_s
    while not ready():
        assert time.monotonic() < deadline, f"not within {deadline_s} s: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def render(shell: Mapping[str, str]) -> Iterator[str]:
    """The render whose story has ended."""
    api = Api.connect(shell["CLIPIT_API_URL"], shell["CLIPIT_API_KEY"])
    receiver = type("Refusing", (Receiver,), {"answers": [500, 503]})
    with serving(receiver) as server:
        url = f"http://127.0.0.1:{server.server_port}/hook"
        render = str(api.submit({"composition": COMPOSITION, "webhook_url": url})["id"])
        until("an engine at work", lambda: api.get(render).get("progress"))
        (agent,) = agents()
        os.kill(agent, signal.SIGKILL)
        until("the end", lambda: api.get(render)["state"] == "succeeded")
        until("a delivery", lambda: any(one["delivered"] for one in api.deliveries(render)))
        yield render


def test_the_whole_story_is_told_in_order_with_few_calls(
    shell: Mapping[str, str], render: str, tmp_path: Path
) -> None:
    files = ("--html", str(tmp_path / "trace.html"), "--otlp", str(tmp_path / "trace.json"))
    clipit("trace", render, "--stack", "local", *files, env=shell)
    found = json.loads(clipit("trace", render, "--stack", "local", "--json", env=shell))
    rows = found["rows"]
    assert [row for row in rows if row["what"] == "not read"] == []
    assert all(one["at"] <= two["at"] for one, two in pairwise(rows))
    told = iter(rows)
    for source, what in STORY:
        assert any(row["source"] == source and row["what"].startswith(what) for row in told), (source, what)
    assert len(found["calls"]) <= MOST_CALLS
    assert (found["state"], len({row["detail"] for row in rows if row["what"] == "claimed"})) == (
        "succeeded",
        2,
    )
    assert 0 < found["boot_s"] < found["wait_s"]
    assert (tmp_path / "trace.html").read_text().startswith("<!doctype html>")
