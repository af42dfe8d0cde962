"""The receivers of webhooks that did not accept them in the last hour, by host, from the notifier's log."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from cli.trace.facts import Line
from cli.trace.logs import MOST_LINES, Logs, Span

HOUR_S = 3600.0
MOST_RENDERS = 5
"""Of each host, the latest first."""
GIVEN_UP = "webhook_given_up"
EVENTS = ("webhook_failed", GIVEN_UP)


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """One host; `given_up` counts the webhooks that it will not get any more."""

    host: str
    failed: int
    given_up: int
    last_at: float
    last_error: str
    renders: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FailingReceivers:
    """The failing hosts, those that fail most first; `more` when not all lines were read."""

    receivers: tuple[Receiver, ...]
    more: bool


def failing_receivers(
    place: StackPlace, calls: Calls, now: float, sleep: Callable[[float], None] = time.sleep
) -> FailingReceivers:
    """Read the failed tries of the last hour.

    Raises:
        LateQueryError: Logs Insights was too slow.
    """
    names = ", ".join(f'"{name}"' for name in EVENTS)
    found = Logs(client=calls.logs(), sleep=sleep).last_lines(
        f"message in [{names}]", [place.function_logs("notifier")], Span(began=now - HOUR_S, ended=now)
    )
    lines = [line for line in found if line.event in EVENTS]
    hosts: dict[str, list[Line]] = {}
    for line in lines:
        hosts.setdefault(line.text("host") or "unknown", []).append(line)
    receivers = (_receiver(host, of_host) for host, of_host in hosts.items())
    return FailingReceivers(
        receivers=tuple(sorted(receivers, key=lambda one: (-one.given_up, -one.failed))),
        more=len(found) >= MOST_LINES,
    )


def _receiver(host: str, lines: Sequence[Line]) -> Receiver:
    """A host by its lines, the latest first."""
    status = lines[0].text("status")
    renders = dict.fromkeys(render for line in lines if (render := line.text("job")))
    return Receiver(
        host=host,
        failed=len(lines),
        given_up=sum(line.event == GIVEN_UP for line in lines),
        last_at=lines[0].at,
        last_error=lines[0].text("error") or (f"answered {status}" if status else "no reason given"),
        renders=tuple(renders)[:MOST_RENDERS],
    )
