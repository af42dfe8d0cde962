"""Logs are kept as long as they are needed, and no longer."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, all_of, number, text
from guardrails.rule import Finding, ResourceRule

# Of this class AWS keeps logs for two days, whatever is stated.
DELIVERED = "DELIVERY"
OPTIONS = (Option(name="minimumDays", default=365, description="The shortest retention."),)
# What the API takes.
STEPS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)


def findings(group: Resource, options: Options) -> Iterator[Finding]:
    """A group that keeps logs forever, or forgets them too soon."""
    days = number(group.props, "retentionInDays")
    if all_of(
        lambda: not days or days < options.number("minimumDays"),
        lambda: text(group.props, "logGroupClass") != DELIVERED,
    ):
        yield Finding(
            observed=f"forgets logs after {days:g} days" if days else "keeps logs forever",
            expected=f"at least {options.number('minimumDays'):g} days",
            argument="retention_in_days",
        )


def remedy(group: Resource, options: Options) -> Block | None:
    """The shortest retention that the API takes and the rule accepts."""
    if not any(findings(group, options)):
        return None
    return {
        "retentionInDays": next((step for step in STEPS if step >= options.number("minimumDays")), STEPS[-1])
    }


RULE = ResourceRule(
    id="log-retention",
    title="Log retention",
    description="A log group must state a retention, and a sufficient one.",
    why="Kept forever, logs cost more each month; forgotten after a week, they do not explain an incident.",
    fix="Set retention_in_days.",
    severity=Severity.MEDIUM,
    references=("CloudWatch.16", "CKV_AWS_66", "CKV_AWS_338"),
    topics=("observability", "cost"),
    applies_to=types.LOG_GROUPS,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(type="aws:cloudwatch/logGroup:LogGroup", name="scaler", props={"retentionInDays": 365}),
    ),
    violating=(
        Resource(type="aws:cloudwatch/logGroup:LogGroup", name="scaler", props={"retentionInDays": 0}),
    ),
)
