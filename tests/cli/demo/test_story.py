"""The demo's customer: what it shows of a render, and which answers and webhooks it does not accept."""

import json
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from clipit_client import Client

from cli.demo import composition, story
from cli.demo.story import LateError, Story, StoryError
from cli.demo.webhook_receiver import Delivery
from handlers.notifier.signing import signed_headers
from tests.clients.python.clipit_client.documents import ACCEPTED, RENDER

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUFB" * 8
EVENT = {"number": 1, "at": "2026-11-24T03:00:00Z", "kind": "submitted", "actor": "api", "detail": "d"}


@dataclass
class Shown:
    """A display that keeps what it is given."""

    lines: list[str] = field(default_factory=list)

    def phase(self, name: str, title: str) -> None:
        """Nothing of it is looked at."""

    def line(self, text: str, *, source: str = "", **_: object) -> None:
        self.lines.append(text)

    def progress(self, percent: int, stage: str) -> None:
        self.lines.append(f"{percent} % {stage}")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    monkeypatch.setattr(story, "_ASK_S", 0.0)
    return Shown()


@pytest.fixture
def played(shown: Shown, tmp_path: Path) -> Story:
    stack: Any = SimpleNamespace(check=lambda: None)
    display: Any = shown
    return Story(stack=stack, display=display, output=tmp_path / "video.mp4", events=queue.SimpleQueue())


def client(answer: Callable[[httpx.Request], Any]) -> Client:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answer(request))

    http = httpx.Client(transport=httpx.MockTransport(respond))
    return Client(url="https://api", key="k", retries=0, http=http)


def rendering(*states: dict[str, Any]) -> Client:
    """An API whose render is in these states one after the other, and in the last one from then on."""
    left = list(states)

    def answer(request: httpx.Request) -> Any:
        if request.url.path.endswith("/events"):
            return {"events": [{**EVENT, "trace_id": "t"}]}
        return {**RENDER, **(left.pop(0) if len(left) > 1 else left[0])}

    return client(answer)


def test_each_change_of_the_render_is_shown_once_and_its_events_at_the_end(
    played: Story, shown: Shown
) -> None:
    waiting = {"code": "starting", "reason": "It has just arrived.", "since": "2026-11-24T03:00:00Z"}
    half = {"percent": 50, "stage": "encoding"}
    queued = {"state": "queued", "waiting": waiting}
    at_work = {"state": "rendering", "progress": half}
    played._follow(rendering(queued, queued, at_work, at_work, {"state": "succeeded"}), "r_1")
    assert shown.lines == [
        *("queued", "waits: It has just arrived. (starting)"),
        *("rendering, attempt 1", "50 % encoding", "succeeded", "  1 submitted by api: d"),
    ]


def test_a_render_that_fails_ends_the_demo_after_its_events(played: Story, shown: Shown) -> None:
    failed = {"state": "failed", "failure": {"code": "engine_crashed", "detail": "signal 11"}}
    with pytest.raises(StoryError, match="r_1 is failed: engine_crashed: signal 11"):
        played._follow(rendering(failed), "r_1")
    assert shown.lines[-1] == "  1 submitted by api: d"


def test_a_render_that_does_not_end_is_late(played: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "RENDER_DEADLINE_S", 0.0)
    with pytest.raises(LateError, match="r_1 is still queued"):
        played._follow(rendering({"state": "queued"}), "r_1")


@pytest.mark.parametrize("second", ["r_1", "r_2"])
def test_the_files_are_uploaded_and_the_same_key_gives_the_same_render(
    played: Story, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    monkeypatch.setattr(composition, "files", lambda: {"dawn.jpg": b"picture", "music.wav": b"music"})
    monkeypatch.setattr(composition, "composition", lambda assets: {"uses": sorted(assets.values())})
    put, ids = list[tuple[str, bytes]](), iter(["r_1", second])

    def answer(request: httpx.Request) -> Any:
        if request.url.path == "/v1/assets":
            link = f"https://store/{json.loads(request.read())['size']}"
            upload = {"method": "PUT", "url": link, "headers": {}, "expires_at": "2026-11-24T03:00:00Z"}
            return {"id": f"a_{link[-1]}", "upload": upload}
        if request.url.host == "store":
            put.append((request.url.path, request.read()))
            return {}
        assert request.headers["Idempotency-Key"] == "demo-1"
        assert json.loads(request.read())["composition"] == {"uses": ["a_5", "a_7"]}
        return {**ACCEPTED, "id": next(ids)}

    if second == "r_1":
        assert played._submit(client(answer), "http://hook") == "r_1"
    else:
        with pytest.raises(StoryError, match="created a second render, r_2"):
            played._submit(client(answer), "http://hook")
    assert put == [("/7", b"picture"), ("/5", b"music")]


def webhook(render: str, secret: str) -> Delivery:
    data = {"id": render, "state": "succeeded", "attempt": 1, "trace_id": "t"}
    body = json.dumps({"type": "render.succeeded", "timestamp": "2026-11-24T03:00:00Z", "data": data})
    headers = signed_headers(secret, message_id="m", timestamp=int(time.time()), body=body)
    return Delivery(body=body.encode(), headers=headers)


@pytest.mark.parametrize(
    ("render", "secret", "said"),
    [
        pytest.param("r_1", SECRET, "", id="ours"),
        pytest.param("r_2", SECRET, "expected one of the render r_1", id="of another render"),
        pytest.param("r_1", OTHER, "cannot be verified: no signature", id="signed by another"),
    ],
)
def test_only_a_signed_webhook_of_the_render_is_accepted(
    played: Story, render: str, secret: str, said: str
) -> None:
    receiver: Any = SimpleNamespace(deliveries=[webhook(render, secret)])
    tenant: Any = SimpleNamespace(webhook_secret=SECRET)
    if not said:
        played._webhook(receiver, tenant, "r_1")
    else:
        with pytest.raises(StoryError, match=said):
            played._webhook(receiver, tenant, "r_1")
