"""When a render waited, for which boots, and which instances had it. Pure."""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from cli.trace.facts import Launch
from cli.trace.logs import Span
from handlers.jobs.model import Job, JobEvent
from handlers.jobs.states import EventKind, JobState

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import ActivityTypeDef

MOST_INSTANCES = 2
"""Whose associations and bootstrap output are read: each instance takes up to three calls."""
_INSTANCE = re.compile(r"\bi-[0-9a-z]+\b")


def launch_of(activity: "ActivityTypeDef") -> Launch:
    """An activity; its description names the instance."""
    described = activity.get("Description", "")
    named = _INSTANCE.search(described)
    return Launch(
        instance=named.group() if named else "",
        began=activity["StartTime"].timestamp(),
        ended=activity["EndTime"].timestamp() if "EndTime" in activity else None,
        description=described,
        status=activity["StatusCode"],
        cause=activity.get("StatusMessage") or activity["Cause"],
    )


def claiming_instances(events: Sequence[JobEvent]) -> list[str]:
    """The instances that had the render, in order."""
    claimed = [event.actor.partition(":")[2] for event in events if event.kind is EventKind.CLAIMED]
    return [name for name in dict.fromkeys(claimed) if _INSTANCE.fullmatch(name)]


def launched_during(waits: Sequence[Span], activities: Sequence[Launch]) -> list[str]:
    """The instances whose launch overlaps a wait, in the order of the activities."""
    found = [
        one.instance
        for one in activities
        if one.launching and one.instance and any(_overlaps(one, wait) for wait in waits)
    ]
    return list(dict.fromkeys(found))


def launches_about(
    activities: Sequence[Launch], claimed: Collection[str], launched: Collection[str], span: Span
) -> list[Launch]:
    """The launches and ends of the instances of a render, and what failed to launch meanwhile."""
    return [
        one
        for one in activities
        if one.instance in claimed
        or ((one.instance in launched or one.status == "Failed") and _overlaps(one, span))
    ]


def newest_instances(job: Job, claimed: Sequence[str], launched: Sequence[str]) -> list[str]:
    """The last instances that had the render; while it waits, the last that were launched go before them."""
    in_order = [*claimed, *launched] if job.state is JobState.QUEUED else [*launched, *claimed]
    latest_first = dict.fromkeys(reversed(in_order))
    return list(latest_first)[:MOST_INSTANCES][::-1]


def waits_of(job: Job, events: Sequence[JobEvent], now: float) -> list[Span]:
    """When the render waited: from each event after which it was queued to the next claim or end."""
    waits: list[Span] = []
    queued_at: float | None = None
    for event in events:
        match event.kind:
            case (
                EventKind.SUBMITTED
                | EventKind.ATTEMPT_FAILED
                | EventKind.INTERRUPTED
                | EventKind.LEASE_LOST
                | EventKind.REDRIVEN
            ):
                queued_at = event.at
            case EventKind.CLAIMED | EventKind.FAILED | EventKind.CANCELLED | EventKind.SUCCEEDED:
                if queued_at is not None:
                    waits.append(Span(began=queued_at, ended=event.at))
                queued_at = None
            case _:
                pass
    if queued_at is not None:
        waits.append(Span(began=queued_at, ended=job.finished_at or now))
    return waits


def _overlaps(one: Launch, span: Span) -> bool:
    return one.began <= span.ended and (one.ended is None or one.ended >= span.began)
