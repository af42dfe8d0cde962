"""The alarms that ring, with the names that their runbooks need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from components.naming.alarm_names import NAME_LIMIT, PAGES, TICKETS, topic_arn

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import CompositeAlarmTypeDef, MetricAlarmTypeDef

MOST_RINGING = 100
"""Of one call."""
_RUNBOOK, _PAGE = ". Runbook: ", ".md"


@dataclass(frozen=True, kw_only=True)
class Ringing:
    """One alarm: `subject` is what its name says beside the stack and the runbook.

    `pages` wake somebody, the others are tickets; `silenced_by` is the alarm that explains it, if that rings.
    """

    name: str
    subject: str
    runbook: str
    says: str
    reason: str
    since: float
    pages: bool
    silenced_by: str = ""


def ringing(place: StackPlace, calls: Calls) -> tuple[Ringing, ...]:
    """The alarms that ring and tell somebody: pages first, then the latest."""
    prefix = f"{place.naming.physical(limit=NAME_LIMIT)}-"
    answer = calls.cloudwatch().describe_alarms(
        AlarmNamePrefix=prefix,
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        StateValue="ALARM",
        MaxRecords=MOST_RINGING,
    )
    found = [
        *_each(answer["MetricAlarms"], place, prefix),
        *_each(answer["CompositeAlarms"], place, prefix),
    ]
    return tuple(sorted(found, key=lambda one: (not one.pages, -one.since)))


def _each(
    alarms: "Sequence[MetricAlarmTypeDef | CompositeAlarmTypeDef]", place: StackPlace, prefix: str
) -> Iterator[Ringing]:
    """Those that tell a topic of this stack.

    Alarms of single windows of an objective tell none, and those of a stack whose name begins with the name
    of this one tell others.
    """
    pages, tickets = topic_arn(place.naming, PAGES), topic_arn(place.naming, TICKETS)
    for one in alarms:
        actions = one.get("AlarmActions", [])
        if not {pages, tickets} & set(actions):
            continue
        says, _, address = one.get("AlarmDescription", "").partition(_RUNBOOK)
        runbook = address.rpartition("/")[2].removesuffix(_PAGE)
        name, since = one["AlarmName"], one.get("StateUpdatedTimestamp")
        yield Ringing(
            name=name,
            subject=name.removeprefix(prefix).removesuffix(runbook).strip("-"),
            runbook=runbook,
            says=says,
            reason=one.get("StateReason", ""),
            since=since.timestamp() if isinstance(since, datetime) else 0.0,
            pages=pages in actions,
            silenced_by=str(one.get("ActionsSuppressedBy", "")) and _suppressor(one),
        )


def _suppressor(alarm: "MetricAlarmTypeDef | CompositeAlarmTypeDef") -> str:
    return str(alarm.get("ActionsSuppressor", "")).rpartition(":")[2]
