"""An alarm tells somebody, says what silence means, and where the way out is written."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import flag, in_turn, items, present, text, unknown
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="missingData",
        default=["breaching", "notBreaching", "ignore"],
        description="The accepted treatments of missing data; `missing`, the default, is no decision.",
    ),
)
LINK = re.compile(r"https://\S+")


def findings(alarm: Resource, options: Options) -> Iterator[Finding]:
    """An alarm that is muted, that misreads silence, or that helps nobody."""
    yield from in_turn(_muted(alarm), _silence(alarm, options), _no_runbook(alarm))


def joined(stack: Stack, alarm: Resource, _options: Options) -> Iterator[Finding]:
    """An alarm that nobody hears: it has no action, and no composite alarm's rule names it."""
    actions = items(alarm.props, "alarmActions")
    if any(unknown(action) or present(action) for action in actions):
        return
    name = text(alarm.props, "name") or text(alarm.props, "alarmName")
    rules = [text(one.props, "alarmRule") for one in stack.of(types.COMPOSITE_ALARMS)]
    if not any(name and f'"{name}"' in rule for rule in rules):
        yield Finding(
            observed="notifies nobody",
            expected="the ARN of a topic, or a composite alarm whose rule names this one",
            argument="alarm_actions",
            resource=alarm,
        )


def _muted(alarm: Resource) -> Iterator[Finding]:
    if flag(alarm.props, "actionsEnabled") is False:
        yield Finding(observed="is muted", expected="True", argument="actions_enabled")


def _silence(alarm: Resource, options: Options) -> Iterator[Finding]:
    if alarm.type in types.COMPOSITE_ALARMS:
        return
    treatment = text(alarm.props, "treatMissingData")
    if treatment not in options.texts("missingData"):
        yield Finding(
            observed=f"treats missing data as {treatment or 'missing'}",
            expected=" or ".join(options.texts("missingData")),
            argument="treat_missing_data",
        )


def _no_runbook(alarm: Resource) -> Iterator[Finding]:
    if not LINK.search(text(alarm.props, "alarmDescription")):
        yield Finding(
            observed="links no runbook",
            expected="an https link in the description",
            argument="alarm_description",
        )


RULE = ResourceRule(
    id="alarm-actions",
    title="Useful alarms",
    description="An alarm must act or be part of one that does, decide about missing data, link its runbook.",
    why="At three in the morning the description is all that the person on call has.",
    fix="Set alarm_actions, treat_missing_data and a description with the runbook's https link.",
    severity=Severity.MEDIUM,
    references=("CloudWatch.15", "CloudWatch.17", "CKV_AWS_319", "CT.CLOUDWATCH.PR.1", "CT.CLOUDWATCH.PR.4"),
    topics=("observability",),
    applies_to=types.METRIC_ALARMS | types.COMPOSITE_ALARMS,
    options=OPTIONS,
    findings=findings,
    joined=joined,
    compliant=(
        Resource(
            type="aws:cloudwatch/metricAlarm:MetricAlarm",
            name="queue-old",
            props={
                "alarmActions": ["arn:aws:sns:eu-central-1:123456789012:alarms"],
                "treatMissingData": "notBreaching",
                "alarmDescription": "Jobs wait too long. https://example.com/runbooks/queue-old",
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:cloudwatch/metricAlarm:MetricAlarm",
            name="queue-old",
            props={
                "alarmActions": [],
                "treatMissingData": "missing",
                "alarmDescription": "Managed by Pulumi",
            },
        ),
    ),
)
