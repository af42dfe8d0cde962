"""The three ways to show a run."""

import io
import json
import sys
from typing import Any

import pytest
from rich.console import Console

from cli.display.display import JsonDisplay, PlainDisplay, choose
from cli.display.live import LiveDisplay
from cli.display.stack_events import StackEventReporter
from local.stack_events import StackEvent


def play(display: Any) -> None:
    display.phase("deploy", "Deploying")
    display.component("network", 0, 1)
    display.component("network", 1, 2)
    display.line("something happened", source="i-1", data={"state": "InService"})
    display.progress(40, "encoding")
    display.close(finished=True)


def test_lines_carry_a_time_and_their_part_of_the_story() -> None:
    out = io.StringIO()
    play(PlainDisplay(out=out))
    told = [line.split("  ", 1) for line in out.getvalue().splitlines()]
    assert all(len(time) == len("12:34:56") for time, _ in told)
    assert [text.split(None, 1) for _, text in told] == [
        ["deploy", "Deploying"],
        ["deploy", "network: begun"],
        ["deploy", "i-1: something happened"],
        ["deploy", "40 % encoding"],
    ]


def test_every_line_of_a_long_text_is_a_line_of_its_own() -> None:
    out = io.StringIO()
    PlainDisplay(out=out).line("first\nsecond")
    assert [line.split()[-1] for line in out.getvalue().splitlines()] == ["first", "second"]


def test_json_is_one_object_a_line() -> None:
    out = io.StringIO()
    play(JsonDisplay(out=out))
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one["kind"] for one in told] == ["phase", "component", "component", "event", "progress"]
    assert told[3]["data"] == {"state": "InService"}


def test_a_terminal_keeps_the_events_and_the_finished_parts() -> None:
    out = io.StringIO()
    play(LiveDisplay(Console(file=out, force_terminal=True, width=100, color_system=None)))
    text = out.getvalue()
    assert "i-1: something happened" in text
    assert "✔ Deploying" in text


def test_a_terminal_does_not_tick_off_what_has_broken_off() -> None:
    out = io.StringIO()
    display = LiveDisplay(Console(file=out, force_terminal=True, width=100, color_system=None))
    display.phase("prepare", "Preparing")
    display.phase("deploy", "Deploying")
    display.close(finished=False)
    assert "✔ Preparing" in out.getvalue()
    assert "✘ Deploying" in out.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("term", "kind"),
    [("xterm", LiveDisplay), ("dumb", PlainDisplay), ("unknown", PlainDisplay), (None, PlainDisplay)],
)
def test_only_a_terminal_that_can_draw_is_drawn_on(
    monkeypatch: pytest.MonkeyPatch, term: str | None, kind: type
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("TERM", raising=False)
    if term:
        monkeypatch.setenv("TERM", term)
    display = choose(as_json=False)
    display.close(finished=True)
    assert isinstance(display, kind)


def reported(*events: StackEvent) -> tuple[list[str], StackEventReporter]:
    out = io.StringIO()
    reporter = StackEventReporter(display=PlainDisplay(out=out))
    for event in events:
        reporter.report(event)
    return [line.split(None, 1)[1] for line in out.getvalue().splitlines()], reporter


def decided(desired: int, code: str) -> StackEvent:
    data = {"desired": desired, "reason": f"because {code}", "reason_code": code}
    return StackEvent(source="scaler", kind="function-returned", detail="", data=data)


def test_a_decision_of_the_scaler_is_told_when_it_is_news() -> None:
    lines, _ = reported(decided(0, "idle"), decided(0, "idle"), decided(1, "queued"), decided(1, "booting"))
    assert lines == [
        "scaler: scaler decides: 0 desired; because idle",
        "scaler: scaler decides: 1 desired; because queued",
        "scaler: scaler decides: 1 desired; because booting",
    ]


def test_what_other_functions_return_is_no_news() -> None:
    lines, _ = reported(StackEvent(source="notifier", kind="function-returned", detail="", data={}))
    assert lines == []


@pytest.mark.parametrize("kind", ["bootstrap-failed", "task-failed"])
def test_a_failure_that_ends_a_story_is_kept_with_its_message(kind: str) -> None:
    lines, reporter = reported(StackEvent(source="i-1", kind=kind, detail="checks: 3 MiB free"))
    assert reporter.failures == ["i-1: checks: 3 MiB free"]
    assert "checks: 3 MiB free" in lines[0]


def test_a_lifecycle_state_is_explained() -> None:
    lines, _ = reported(StackEvent(source="i-1", kind="lifecycle", detail="Pending:Wait"))
    assert lines == ["i-1: Pending:Wait: held back by the launch hook until it is verified"]
