"""A new launch template reaches the running instances by itself, and what rings meanwhile stops it."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import flag, in_turn, number, present, text
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="minimumHealthyPercentage", default=50, description="How much of the group stays in service."
    ),
    Option(name="alarms", default=True, description="Whether a refresh must stop on alarms."),
)


def findings(group: Resource, options: Options) -> Iterator[Finding]:
    """Everything that keeps instances of an old template alive."""
    yield from in_turn(
        _rolling(group),
        _healthy(group, options),
        _stops(group, options),
        _rolls_back(group),
        _lifetime(group),
    )


def _rolling(group: Resource) -> Iterator[Finding]:
    if text(group.props, "instanceRefresh", "strategy") != "Rolling":
        yield Finding(
            observed="has no rolling instance refresh",
            expected='"Rolling"',
            argument="instance_refresh.strategy",
        )


def _healthy(group: Resource, options: Options) -> Iterator[Finding]:
    share = number(group.props, "instanceRefresh", "preferences", "minHealthyPercentage")
    if share is None or share < options.number("minimumHealthyPercentage"):
        yield Finding(
            observed="states no minimum of healthy instances"
            if share is None
            else f"keeps {share:g} % in service",
            expected=f"at least {options.number('minimumHealthyPercentage'):g}",
            argument="instance_refresh.preferences.min_healthy_percentage",
        )


def _stops(group: Resource, options: Options) -> Iterator[Finding]:
    watched = ("instanceRefresh", "preferences", "alarmSpecification", "alarms")
    if options.flag("alarms") and not present(group.props, *watched):
        yield Finding(
            observed="continues a refresh while an alarm is in alarm",
            expected="the names of alarms",
            argument="instance_refresh.preferences.alarm_specification.alarms",
        )


def _rolls_back(group: Resource) -> Iterator[Finding]:
    if flag(group.props, "instanceRefresh", "preferences", "autoRollback"):
        yield Finding(
            observed="rolls a failed refresh back to the template that failed",
            expected="no auto_rollback",
            argument="instance_refresh.preferences.auto_rollback",
        )


def _lifetime(group: Resource) -> Iterator[Finding]:
    if not number(group.props, "maxInstanceLifetime"):
        yield Finding(
            observed="lets instances live forever",
            expected="a number of seconds",
            argument="max_instance_lifetime",
        )


RULE = ResourceRule(
    id="asg-instance-refresh",
    title="Instance refresh",
    description=(
        "An Auto Scaling group should replace instances by itself when its template changes or they age."
    ),
    why=(
        "Without a refresh the instances of yesterday's image render on for as long as the queue is busy. "
        "The provider writes the new template into the group before it starts the refresh, so that "
        "auto_rollback would launch the same template once more; alarms stop the refresh where it is."
    ),
    fix=(
        "Add a rolling instance_refresh with min_healthy_percentage and alarm_specification and without "
        "auto_rollback, and max_instance_lifetime."
    ),
    severity=Severity.LOW,
    topics=("drift", "auto-scaling"),
    level=EnforcementLevel.ADVISORY,
    applies_to=types.GROUPS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={
                "instanceRefresh": {
                    "strategy": "Rolling",
                    "preferences": {
                        "minHealthyPercentage": 90,
                        "alarmSpecification": {"alarms": ["fleet-dead-letters"]},
                    },
                },
                "maxInstanceLifetime": 604800,
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={"instanceRefresh": {"strategy": "Rolling"}},
        ),
    ),
)
