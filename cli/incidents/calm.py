"""A calm day: enough traffic for every alarm on an objective to ring, and none of the stack does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from cli.demo.webhook_receiver import Receiver
from cli.incidents import volume
from cli.incidents.breaks.repeating import repeatedly
from cli.incidents.cloud import TENANT, Cloud
from cli.incidents.healthy import Healthy, look
from cli.incidents.incident import Incident

MINUTES = 10
RENDERS, REQUESTS = 24, 400
"""More than the floors of objectives, and so many that a few slow answers are no alarm."""
NIGHT_MINUTES = 360
"""They are skipped afterwards, so that what follows is not judged together with the day."""
_RENDERED_S = 0.2
"""Of video: the shorter it is, the less a busy machine can delay it."""


@dataclass
class _Edges:
    """When each minute of the stack began, as seconds of the clock."""

    cloud: Cloud
    began: dict[int, float] = field(default_factory=dict)

    def note(self) -> None:
        """Note the minute that has begun."""
        self.began.setdefault(self.cloud.minutes, datetime.now(UTC).timestamp())


@dataclass(frozen=True, kw_only=True)
class Day:
    """What the pages' commands printed on a calm day, and why it was none."""

    healthy: Healthy
    problems: Sequence[str]


def passed(cloud: Cloud, incidents: Sequence[Incident]) -> Day:
    """Let a calm day pass, and look at it by the pages of the incidents.

    The render before it waits for a boot, which takes as long as the machine does. The day's renders find
    that instance: they come one at a time, and it stays longer than none of them is there.
    """
    rendered(cloud, count=1)
    cloud.until("no alarm rings", lambda: "ALARM" not in cloud.states().values())
    cloud.heard()
    last, edges = cloud.minutes + MINUTES, _Edges(cloud)
    with repeatedly(edges.note):
        traffic(cloud)
        busy = cloud.minutes
        cloud.until("the end of the last minute with traffic", _after(cloud, busy + 1))
        healthy = look(cloud, incidents)
        cloud.until(f"{MINUTES} calm minutes", _after(cloud, last))
    rung = {name for name, state in cloud.heard() if state == "ALARM"}
    problems = [f"{name} rang on a calm day" for name in sorted(rung)]
    problems += [f"calm day: {one}" for one in volume.lacking(cloud, sorted(edges.began.values()))]
    cloud.skip(NIGHT_MINUTES, behind=busy)
    return Day(healthy=healthy, problems=problems)


def traffic(cloud: Cloud) -> None:
    """Renders with webhooks, and then requests, one after the other."""
    render = rendered(cloud, count=RENDERS)
    cloud.known.update({"job id": render, "tenant": TENANT, "attempt": "1", "more": "3"})
    with cloud.customer() as client:
        for _ in range(REQUESTS):
            list(client.renders.list(limit=1))


def rendered(cloud: Cloud, *, count: int) -> str:
    """Let some renders with webhooks succeed, one after the other; returns the id of the last one."""
    render = ""
    with Receiver() as receiver:
        for number in range(1, count + 1):
            render = cloud.submit(seconds=_RENDERED_S, webhook_url=receiver.url)
            cloud.until("a webhook", partial(_has_delivered, receiver, number))
    return render


def _has_delivered(receiver: Receiver, least: int) -> bool:
    return len(receiver.deliveries) >= least


def _after(cloud: Cloud, minute: int) -> Callable[[], bool]:
    return lambda: cloud.minutes >= minute
