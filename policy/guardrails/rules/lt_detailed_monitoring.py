"""Instances report their metrics every minute."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.aws.machines import is_template, leaves_to_template, monitored
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block
from guardrails.rule import Finding, ResourceRule


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """A template that leaves the five-minute metrics."""
    if not monitored(template) and not leaves_to_template(template, "monitoring"):
        yield Finding(
            observed="reports metrics every five minutes", expected="True", argument=_argument(template)
        )


def _argument(machine: Resource) -> str:
    if is_template(machine):
        return "monitoring.enabled"
    return "enable_monitoring" if machine.type in types.LAUNCH_CONFIGURATIONS else "monitoring"


def remedy(template: Resource, options: Options) -> Block | None:
    """Detailed monitoring switched on."""
    if not any(findings(template, options)):
        return None
    if machine_key := {"enable_monitoring": "enableMonitoring", "monitoring": "monitoring"}.get(
        _argument(template)
    ):
        return {machine_key: True}
    return {"monitoring": {"enabled": True}}


RULE = ResourceRule(
    id="lt-detailed-monitoring",
    title="Detailed monitoring",
    description="Whatever launches instances should switch detailed monitoring on.",
    why="A render that lasts two minutes falls between two metrics that are five minutes apart.",
    fix="Set monitoring.enabled to True.",
    severity=Severity.LOW,
    references=("CKV_AWS_126", "EC28"),
    topics=("observability", "launch-template"),
    level=EnforcementLevel.ADVISORY,
    applies_to=types.MACHINES,
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
