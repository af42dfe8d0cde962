"""Instances report their metrics every minute."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, flag
from guardrails.rule import Finding, ResourceRule


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """A template that leaves the five-minute metrics."""
    if not flag(template.props, "monitoring", "enabled"):
        yield Finding(
            observed="reports metrics every five minutes", expected="True", argument="monitoring.enabled"
        )


def remedy(template: Resource, options: Options) -> Block | None:
    """Detailed monitoring switched on."""
    return {"monitoring": {"enabled": True}} if any(findings(template, options)) else None


RULE = ResourceRule(
    id="lt-detailed-monitoring",
    title="Detailed monitoring",
    description="A launch template should switch detailed monitoring on.",
    why="A render that lasts two minutes falls between two metrics that are five minutes apart.",
    fix="Set monitoring.enabled to True.",
    severity=Severity.LOW,
    references=("CKV_AWS_126", "EC28"),
    topics=("observability", "launch-template"),
    level=EnforcementLevel.ADVISORY,
    applies_to=types.LAUNCH_TEMPLATES,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"monitoring": {"enabled": True}},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"monitoring": {"enabled": False}},
        ),
    ),
)
