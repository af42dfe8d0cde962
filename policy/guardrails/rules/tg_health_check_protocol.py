"""Targets that speak HTTPS are checked over HTTPS."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import all_of, text
from guardrails.rule import Finding, ResourceRule


def findings(group: Resource, _options: Options) -> Iterator[Finding]:
    """A plain check of encrypted targets; the API's default is plain."""
    if all_of(
        lambda: text(group.props, "protocol").upper() == "HTTPS", lambda: _checked_by(group) != "HTTPS"
    ):
        yield Finding(
            observed=f"speaks HTTPS but is checked over {_checked_by(group) or 'HTTP'}",
            expected='"HTTPS"',
            argument="health_check.protocol",
        )


def _checked_by(group: Resource) -> str:
    return text(group.props, "healthCheck", "protocol").upper()


RULE = ResourceRule(
    id="tg-health-check-protocol",
    title="Encrypted health checks",
    description="A target group for HTTPS targets should check them over HTTPS.",
    why="A check over HTTP does not notice an expired certificate, and opens a plain port on the target.",
    fix='Set health_check.protocol to "HTTPS".',
    severity=Severity.LOW,
    topics=("health", "load-balancing"),
    level=EnforcementLevel.ADVISORY,
    applies_to=types.TARGET_GROUPS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:lb/targetGroup:TargetGroup",
            name="api",
            props={"protocol": "HTTPS", "healthCheck": {"protocol": "HTTPS"}},
        ),
    ),
    violating=(
        Resource(
            type="aws:lb/targetGroup:TargetGroup",
            name="api",
            props={"protocol": "HTTPS", "healthCheck": {"protocol": "HTTP"}},
        ),
    ),
)
