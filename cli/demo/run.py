"""Runs the demo's story on a local stack of its own and turns every end into a message and an exit code."""

import json
import queue
from dataclasses import dataclass
from pathlib import Path

import botocore.exceptions

from cli.demo.story import LateError, Result, Story, StoryError
from cli.demo.video import NotThatVideoError
from cli.demo.webhook_receiver import WebhookVerificationError
from cli.display import display
from cli.exits import Exit
from cli.keys.tenants import TenantError
from cli.renders.api import ApiError, UnreachableError
from local.processes.signals import Interrupted
from local.stack.deployed import NotDeployedError
from local.stack.pulumi_runs import DeployError, DeployRefusedError
from local.stack.runner import Options, StackError, running
from local.stack.stack_file import StackFileError
from local.stack_events import Trigger
from local.toolchain.pulumi_cli import NoCliError

SCHEDULE_PACE = 24.0
"""Deployed one-minute schedules come every 2.5 s: nobody waits a minute for a drained fleet."""

_CODES: tuple[tuple[type[Exception], Exit], ...] = (
    (NoCliError, Exit.NO_ENGINE),
    (DeployRefusedError, Exit.REFUSED),
    (LateError, Exit.TOO_LATE),
    (UnreachableError, Exit.UNREACHABLE),
    (Exception, Exit.FAILED),
)
EXPECTED = (
    NoCliError,
    DeployError,
    StoryError,
    StackError,
    StackFileError,
    ApiError,
    TenantError,
    NotDeployedError,
    NotThatVideoError,
    WebhookVerificationError,
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
)
"""What may go wrong without being a mistake in this program; anything else keeps its traceback."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the demo ended."""

    code: Exit
    last_line: str = ""
    error: str = ""


def run(output: Path, *, port: int, as_json: bool) -> Outcome:
    """Play the story; whatever happens, everything is ended before this returns."""
    happenings: queue.SimpleQueue[Trigger] = queue.SimpleQueue()
    shown, finished = display.choose(as_json=as_json), False
    try:
        with running(Options(api_port=port, pace=SCHEDULE_PACE), happenings.put) as stack:
            result = Story(stack=stack, display=shown, output=output, happenings=happenings).play()
        finished = True
    except (KeyboardInterrupt, Interrupted):
        return Outcome(code=Exit.INTERRUPTED, error="interrupted; everything has been ended")
    except EXPECTED as problem:
        code = next(code for kind, code in _CODES if isinstance(problem, kind))
        return Outcome(code=code, error=str(problem))
    finally:
        shown.close(finished=finished)
    return Outcome(code=Exit.OK, last_line=_last_line(result, as_json=as_json))


def _last_line(result: Result, *, as_json: bool) -> str:
    found, seconds = result.video, f"{result.video.duration_s:.2f}"
    if not as_json:
        return f"demo: ok {result.path} {seconds}s {found.width}x{found.height}"
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
            "took_s": round(result.seconds, 1),
        }
    )
