"""Names of alarms, event rules and their topic that others must know before these exist."""

from components.naming.stack_names import Naming

# Topics, alarms and dashboards may have 255 characters; the rules of EventBridge 64.
NAME_LIMIT = 255
RULE_LIMIT = 64


def alarm_name(naming: Naming, kind: str, subject: str = "") -> str:
    """The physical name of an alarm."""
    return naming.physical(label(kind, subject), limit=NAME_LIMIT)


def rule_name(naming: Naming, kind: str, subject: str = "") -> str:
    """The physical name of an event rule, which its notification gives as the name of the alarm."""
    return naming.physical(label(kind, subject), limit=RULE_LIMIT)


def rule_arn(naming: Naming, kind: str, subject: str = "") -> str:
    """The ARN by which a topic knows an event rule."""
    return naming.arn("events", f"rule/{rule_name(naming, kind, subject)}")


PAGES, TICKETS = "alarms", "tickets"
"""The topics: of what cannot wait until the morning, and of what can."""


def topic_name(naming: Naming, topic: str = PAGES) -> str:
    """The physical name of a topic."""
    return naming.physical(topic, limit=NAME_LIMIT)


def topic_arn(naming: Naming, topic: str = PAGES) -> str:
    """The ARN of a topic."""
    return naming.arn("sns", topic_name(naming, topic))


def label(kind: str, subject: str = "") -> str:
    """A kind of alarm and what it is about, as one part of a name."""
    return "-".join(part for part in (subject, kind) if part)
