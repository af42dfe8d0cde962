"""Runs the demo on its own local stack."""

import json
import queue
from pathlib import Path

from cli.demo.story import Result, Story
from cli.display import display
from cli.local.failures import as_command_errors
from local.stack.runner import Options, running
from local.stack_events import StackEvent

SCHEDULE_PACE = 24.0
"""One-minute schedules run every 2.5 s here, so the demo does not wait a minute for the fleet to empty."""

LOOK = "clipit local up --detach && clipit console --stack local"
"""How to look at a stack like the one that has ended."""


def run(output: Path, *, port: int, as_json: bool) -> str:
    """Run the demo and return its last lines; every process has ended when this returns.

    Raises:
        CommandError: The demo failed.
    """
    events: queue.SimpleQueue[StackEvent] = queue.SimpleQueue()
    with (
        display.showing(as_json=as_json) as shown,
        as_command_errors(),
        running(Options(api_port=port, pace=SCHEDULE_PACE), events.put) as stack,
    ):
        result = Story(stack=stack, display=shown, output=output, events=events).play()
    return _last_lines(result, as_json=as_json)


def _last_lines(result: Result, *, as_json: bool) -> str:
    found, seconds = result.video, f"{result.video.duration_s:.2f}"
    if not as_json:
        shown = f"{result.summary.as_text()}\ntrace   {result.trace}\nlook    {LOOK}"
        return f"{shown}\ndemo: ok {result.path} {seconds}s {found.width}x{found.height}"
    return json.dumps(
        {
            "kind": "result",
            "ok": True,
            "path": str(result.path),
            "duration_s": round(found.duration_s, 3),
            "width": found.width,
            "height": found.height,
            "frames": found.frames,
            "render": result.render,
            "trace": str(result.trace),
            "wait_s": result.summary.wait_s,
            "boot_s": result.summary.boot_s,
            "render_s": result.summary.render_s,
            "usd": result.summary.usd,
            "took_s": round(result.seconds, 1),
        }
    )
