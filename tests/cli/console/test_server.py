"""The pages, over a stack whose answers are written by hand."""

import re
import time

import pytest
from starlette.testclient import TestClient

from cli.console.facts import CALLS_A_FLEET
from cli.console.server import KEEP_S, Source, console
from handlers.jobs.tracing import trace_id_of
from tests.cli.trace.story import PLACE, RENDER, Aws, T


class Stack:
    """A stack, its clock, and every client that was made for it."""

    def __init__(self) -> None:
        self.now, self.broken = T + 500, frozenset[str]()
        self.clients: list[Aws] = []
        source = Source(
            stack="dev", place=PLACE, objectives={"cpu": 120.0}, calls=self.calls, now=lambda: self.now
        )
        self.browser = TestClient(console(source))

    def calls(self) -> Aws:
        self.clients.append(Aws(broken=self.broken))
        return self.clients[-1]

    @property
    def made(self) -> int:
        return sum(len(one.made) for one in self.clients)

    def text(self, path: str) -> str:
        return re.sub(r"\s+", " ", self.browser.get(path).text)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setattr(time, "sleep", lambda _: None)  # Logs Insights is waited for
    return Stack()


def test_the_overview_shows_workers_boots_and_who_waits(stack: Stack) -> None:
    text = stack.text("/")
    assert "heard 10 s ago" in text
    assert "i-8, 60 s ago: Engine: no such file" in text
    assert f'href="/renders/{RENDER}"' in text
    assert "objective 120 s" in text


def test_all_tabs_together_cost_the_stated_calls(stack: Stack) -> None:
    for _ in range(5):
        stack.text("/")
    assert stack.made == CALLS_A_FLEET
    stack.now += KEEP_S
    stack.text("/")
    assert stack.made == 2 * CALLS_A_FLEET


def test_a_refused_read_keeps_the_data_names_the_operation_and_shows_the_age(stack: Stack) -> None:
    stack.text("/")
    stack.now += 60
    stack.broken = frozenset({"DescribeAutoScalingGroups"})
    text = stack.text("/")
    assert "your credentials may not call DescribeAutoScalingGroups" in text
    assert "what you see was read 60 s ago" in text
    assert "i-2" in text


def test_a_read_that_never_succeeded_says_so(stack: Stack) -> None:
    stack.broken = frozenset({"DescribeAutoScalingGroups"})
    text = stack.text("/")
    assert "read never" in text
    assert "denied" in text


@pytest.mark.parametrize("wanted", [RENDER, trace_id_of(RENDER), f" {RENDER.upper()} "])
def test_a_render_is_found_by_its_id_or_its_trace(stack: Stack, wanted: str) -> None:
    found = stack.browser.get("/search", params={"q": wanted}, follow_redirects=False)
    assert found.headers["location"] == f"/renders/{RENDER}"


def test_a_search_for_anything_else_says_what_is_taken_and_escapes_it(stack: Stack) -> None:
    answer = stack.browser.get("/search", params={"q": "<script>"})
    assert answer.status_code == 404
    assert "is no id of a render" in answer.text
    assert "<script>" not in answer.text


def test_a_render_shows_its_spans_its_wait_by_reason_and_its_last_lines(stack: Stack) -> None:
    text = stack.text(f"/renders/{RENDER}")
    assert "waits: instance_booting" in text
    assert 'class="bar instance_booting"' in text
    assert "last line" in text
    assert f"s3://{PLACE.store.outputs}/outputs/acme/{RENDER}/2/video.mp4" in text


def test_an_unknown_render_is_said_to_be_unknown(stack: Stack) -> None:
    answer = stack.browser.get("/renders/nonsense")
    assert answer.status_code == 404
    assert "is no id of a render" in answer.text


@pytest.mark.parametrize("path", ["/", f"/renders/{RENDER}"])
def test_pages_have_no_script_and_no_inline_style(stack: Stack, path: str) -> None:
    text = stack.text(path)
    assert "<script" not in text
    assert "style=" not in text
    assert not re.findall(r"(?:src|href|action)=\"(?!/)", text)
