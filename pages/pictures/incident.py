"""A local stack during an incident, for the console's picture and its test.

A customer's receiver refuses its webhook, the engines of the fleet hang, so that renders wait, and the scaler
may not run, so that nobody replaces an agent that falls silent. Nothing of this needs a processor: it looks
the same on a busy machine.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from cli.console.allowed import ReadOnlyCalls
from cli.console.reading.limits import limits_of
from cli.console.reading.source import Source
from cli.incidents.breaks.repeating import repeatedly
from cli.incidents.cloud import FLEET, Cloud
from cli.incidents.opening import PACE, opened
from cli.stack_place import StackPlace
from handlers.jobs.model import WorkerState
from handlers.jobs.reasons import WaitReason
from local.processes import children

STACK: Final = "local"
SILENT: Final = f"{FLEET}-scaler-FunctionSilent"
LETTERS: Final = "webhooks-WebhookDeadLetters"
"""The alarms that ring, without the name of the stack."""
_NOBODY: Final = "http://127.0.0.1:9/hook"
"""A receiver that refuses every connection."""
_RENDERS: Final = 9
_VIDEO_S: Final = 60.0
"""Of a video: its engine lives long enough to be stopped."""
_POINT_S: Final = round(2 * 60 / PACE)
"""Of a graph: two minutes of the stack, of which one lasts longer where the machine is busy."""
_ENGINE: Final = b"\0render\0--composition\0"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The stack, and what the console reads of it."""

    cloud: Cloud
    source: Source


@contextmanager
def hung_fleet(say: Callable[[str], None]) -> Iterator[Scene]:
    """The stack once both alarms ring and an agent is silent, for as long as the block lasts.

    Raises:
        CommandError: The stack could not be deployed, or it does not come to that.
    """
    with opened(say) as cloud:
        source, engines = _source(cloud), (_ENGINE, bytes(cloud.stack.folder))
        say("a receiver refuses a webhook")
        cloud.submit(webhook_url=_NOBODY)
        cloud.until(f"{LETTERS} rings", lambda: cloud.is_in(LETTERS, "ALARM"))
        say("renders arrive, and every engine hangs")
        with repeatedly(lambda: children.signal_having(signal.SIGSTOP, *engines)):
            for _ in range(_RENDERS):
                cloud.submit(seconds=_VIDEO_S)
            try:
                cloud.until("every instance is busy", lambda: _is_full(source))
                say("the scaler may not run, and an agent falls silent")
                _stop_the_scaler(cloud)
                with _stopped(_agent(cloud)):
                    cloud.until(f"{SILENT} rings", lambda: cloud.is_in(SILENT, "ALARM"))
                    yield Scene(cloud=cloud, source=_source(cloud))
            finally:
                children.signal_having(signal.SIGCONT, *engines)


def _source(cloud: Cloud) -> Source:
    connection = cloud.connection
    return Source(
        stack=STACK,
        place=StackPlace.of(STACK),
        limits=limits_of(STACK),
        calls=lambda: ReadOnlyCalls(connection.session, connection.endpoint),
        emulated=True,
        minute_s=_POINT_S,
    )


def _stop_the_scaler(cloud: Cloud) -> None:
    cloud.connection.functions().put_function_concurrency(
        FunctionName=cloud.name(FLEET, "scaler"), ReservedConcurrentExecutions=0
    )


def _agent(cloud: Cloud) -> int:
    """The process of an agent."""
    return int(next((cloud.stack.folder / "instances").glob("*/opt/clip-it/state/pid")).read_text())


@contextmanager
def _stopped(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)


def _is_full(source: Source) -> bool:
    """Whether renders wait because the fleet has all the instances that it may have, and all are busy."""
    facts = source.fleet(FLEET)[0].value
    if facts is None or facts.status.decision is None or not facts.waiting:
        return False
    workers = [member.worker for member in facts.status.members if member.worker]
    busy = sum(one.state is WorkerState.BUSY for one in workers)
    return busy == facts.status.maximum and facts.status.decision.reason_code == WaitReason.FLEET_AT_MAXIMUM
