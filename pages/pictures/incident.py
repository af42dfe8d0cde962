"""A local stack during an incident, for the console's picture and its test: more renders than instances."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cli.console.allowed import ReadOnlyCalls
from cli.console.reading.limits import limits_of
from cli.console.reading.source import Source
from cli.incidents.cloud import FLEET, Cloud, composition
from cli.incidents.opening import opened
from cli.stack_place import StackPlace

STACK = "local"
_NOBODY = "http://127.0.0.1:9/webhook"
"""A receiver that refuses every connection."""
_RENDERS, _VIDEO_S = 12, 60.0
_TOO_LONG_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The stack, and what the console reads of it."""

    cloud: Cloud
    source: Source


@contextmanager
def busy_fleet(say: Callable[[str], None]) -> Iterator[Scene]:
    """One webhook was given up; every instance is busy, and renders wait longer than they should.

    Raises:
        CommandError: The stack could not be deployed, or it does not come to that.
    """
    with opened(say) as cloud:
        cloud.submit(webhook_url=_NOBODY)
        cloud.until("a webhook is given up", lambda: cloud.is_in("webhooks-WebhookDeadLetters", "ALARM"))
        for _ in range(_RENDERS):
            cloud.submit(composition=composition(_VIDEO_S))
        connection = cloud.connection
        source = Source(
            stack=STACK,
            place=StackPlace.of(STACK),
            limits=limits_of(STACK),
            calls=lambda: ReadOnlyCalls(connection.session, connection.endpoint),
            emulated=True,
        )

        def busy() -> bool:
            facts = source.fleet(FLEET)[0].value
            if facts is None or not facts.waiting:
                return False
            workers = [member.worker for member in facts.status.members if member.worker]
            waited = source.now() - facts.waiting[0].since
            busy = sum(one.state.value == "busy" for one in workers)
            return busy == facts.status.maximum and waited > _TOO_LONG_S

        cloud.until("every instance is busy, and a render waits too long", busy)
        yield Scene(cloud=cloud, source=source)
