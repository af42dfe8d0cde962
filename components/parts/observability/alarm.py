"""What an alarm is: on one metric, on an expression over several, or on other alarms. Knows no resources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi

from components.naming import alarm_names


class Topic(StrEnum):
    """Whom an alarm tells: whoever is on call at once, or whoever works the queue of tickets."""

    PAGES = alarm_names.PAGES
    TICKETS = alarm_names.TICKETS


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm on one metric; `kind` names its runbook, `subject` distinguishes alarms of one kind."""

    kind: str
    says: str
    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]
    topic: Topic = Topic.TICKETS
    statistic: str = "Maximum"
    threshold: float = 0
    period_seconds: int = 60
    periods: int = 1
    missing: str = "notBreaching"
    fill: float | None = None
    """Stands for a missing value. Without it CloudWatch looks for real values farther back in time, and an
    alarm on silence rings periods late (user guide, "How alarm state is evaluated when data is missing")."""
    comparison: str = "GreaterThanThreshold"
    subject: str = field(default="")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A metric in an expression, by the id that the expression calls it."""

    id: str
    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str


@dataclass(frozen=True, kw_only=True)
class BurnAlarm:
    """How many times too fast an error budget is spent over one window; rings above `threshold`."""

    kind: str
    subject: str
    says: str
    sources: tuple[Source, ...]
    expression: str
    threshold: float
    window_seconds: int


@dataclass(frozen=True, kw_only=True)
class Composite:
    """An alarm on other alarms of the stack, given by their kind and subject.

    It rings when all alarms of one group ring, and stays silent while `suppressor` rings.
    """

    kind: str
    name: str
    says: str
    topic: Topic
    groups: tuple[tuple[tuple[str, str], ...], ...]
    suppressor: tuple[str, str] | None = None
