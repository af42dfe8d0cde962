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


def topic_name(naming: Naming) -> str:
    """The physical name of the topic of all alarms."""
    return naming.physical("alarms", limit=NAME_LIMIT)


def topic_arn(naming: Naming) -> str:
    """The ARN of the topic of all alarms."""
    return naming.arn("sns", topic_name(naming))


def label(kind: str, subject: str = "") -> str:
    """A kind of alarm and what it is about, as one part of a name."""
    return "-".join(part for part in (subject, kind) if part)
