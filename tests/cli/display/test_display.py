"""The three ways to show a run."""

import io
import json
import re
import sys
import time
from typing import Any

import pytest
from rich.console import Console

from cli.display.display import JsonDisplay, PlainDisplay, choose, showing
from cli.display.live import LiveDisplay
from cli.display.stack_events import StackEventReporter
from local.stack_events import StackEvent

LONGEST_SILENCE_S = 3.0


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


def drawn(out: io.StringIO) -> LiveDisplay:
    return LiveDisplay(Console(file=out, force_terminal=True, width=100, color_system=None))


def kept(out: io.StringIO) -> list[str]:
    """The lines that stay: those that no later one is drawn over."""
    return [
        line for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", out.getvalue()).splitlines() if line.strip()
    ]


def test_a_terminal_keeps_one_line_of_a_finished_phase_with_its_last_event() -> None:
    out = io.StringIO()
    play(drawn(out))
    assert [line for line in kept(out) if re.match(r"✔ Deploying  0\.\d s  something happened", line)]


def test_a_terminal_shows_the_running_phase_the_resources_and_the_progress() -> None:
    out = io.StringIO()
    display = drawn(out)
    display.phase("deploy", "Deploying")
    display.component("network", 3, 4)
    display.component("store", 2, 2)
    display.line("one of many", source="i-1")
    display.progress(40, "encoding")
    with display.handed_over():
        pass
    display.close(finished=True)
    text = out.getvalue()
    assert "5/6 resources  network" in text
    assert "40 % encoding" in text
    assert "Deploying  0 s" in text


def test_the_latest_events_stay_when_a_run_breaks_off() -> None:
    out = io.StringIO()
    display = drawn(out)
    display.phase("deploy", "Deploying")
    for number in range(9):
        display.line(f"event {number}")
    display.close(finished=False)
    last = [line for line in kept(out) if "event" in line][-5:]
    assert [line.split()[-1] for line in last] == ["4", "5", "6", "7", "8"]


def test_events_stay_above_what_a_child_process_writes() -> None:
    out = io.StringIO()
    display = drawn(out)
    display.phase("up", "Deploying")
    display.line("$ pulumi up")
    with display.handed_over():
        assert "$ pulumi up" in out.getvalue()
    display.close(finished=True)


def test_a_run_that_raises_has_not_finished(capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> None:
        with showing(as_json=False) as display:
            display.line("begun")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run()
    assert "begun" in capsys.readouterr().out


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


def test_a_terminal_is_redrawn_while_nothing_happens() -> None:
    out = io.StringIO()
    display = drawn(out)
    display.phase("deploy", "Deploying")
    began, written = time.monotonic(), len(out.getvalue())
    while len(out.getvalue()) == written and time.monotonic() < began + LONGEST_SILENCE_S:
        time.sleep(0.01)
    display.close(finished=True)
    assert len(out.getvalue()) > written
