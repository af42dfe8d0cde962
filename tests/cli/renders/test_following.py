"""Following a render: each change is told once, however it ends."""

import httpx
import pytest
from clipit_client import Client, Render, StatusError, WaitTimeoutError
from clipit_client.models import ENDED

from cli.renders import following
from cli.renders.following import as_line, follow
from tests.clients.python.clipit_client.documents import RENDER


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_ASK_S", 0.0)


def followed(*answers: httpx.Response, timeout_s: float = 60) -> tuple[Render, list[str]]:
    """The ended render, and what was told of one whose API answers so."""
    left, told = list(answers), list[str]()
    http = httpx.Client(transport=httpx.MockTransport(lambda _: left.pop(0)))
    client = Client(url="https://api", key="k", retries=0, http=http)
    found = follow(client, "r_1", timeout_s=timeout_s, tell=lambda one: told.append(as_line(one)))
    assert not left
    return found, told


def render(state: str, **facts: object) -> httpx.Response:
    return httpx.Response(200, json={**RENDER, "state": state, **facts})


def test_each_change_is_told_once() -> None:
    half = {"percent": 50, "stage": "encoding"}
    _, told = followed(
        *(render("queued"), render("queued"), render("rendering", progress=half)),
        *(render("rendering", progress=half), render("succeeded")),
    )
    assert told == ["queued", "rendering: 50 % encoding", "succeeded"]


@pytest.mark.parametrize("state", sorted(ENDED))
def test_it_ends_with_the_render_whatever_became_of_it(state: str) -> None:
    found, told = followed(render(state))
    assert (found.state, told) == (state, [state])


def test_trouble_of_the_api_that_passes_does_not_end_it() -> None:
    found, _ = followed(render("queued"), httpx.Response(503), httpx.Response(429), render("succeeded"))
    assert found.state == "succeeded"


@pytest.mark.parametrize("status", [401, 404, 422])
def test_a_refusal_ends_it_at_once(status: int) -> None:
    with pytest.raises(StatusError):
        followed(httpx.Response(status))


def test_it_ends_with_the_time_of_the_caller() -> None:
    with pytest.raises(WaitTimeoutError):
        followed(render("queued"), timeout_s=0)
