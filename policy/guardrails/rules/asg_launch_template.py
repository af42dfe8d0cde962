"""Groups launch from templates, not from launch configurations."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import present
from guardrails.rule import Finding, ResourceRule


def findings(group: Resource, _options: Options) -> Iterator[Finding]:
    """A launch configuration, or nothing to launch from."""
    if present(group.props, "launchConfiguration"):
        yield Finding(
            observed="launches from a launch configuration",
            expected="a launch template",
            argument="launch_configuration",
        )
    elif not present(group.props, "launchTemplate") and not present(group.props, "mixedInstancesPolicy"):
        yield Finding(observed="names no launch template", expected="one", argument="launch_template")


RULE = ResourceRule(
    id="asg-launch-template",
    title="Launch template",
    description="An Auto Scaling group must launch from a launch template.",
    why="Launch configurations have neither IMDSv2 defaults nor mixed instances, and AWS has retired them.",
    fix="Replace launch_configuration by launch_template or mixed_instances_policy.",
    severity=Severity.MEDIUM,
    references=("AutoScaling.9", "CKV_AWS_315"),
    topics=("auto-scaling", "launch-template"),
    applies_to=types.GROUPS,
    findings=findings,
    compliant=(
        Resource(type="aws:autoscaling/group:Group", name="fleet", props={"launchTemplate": {"id": "lt-1"}}),
    ),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group", name="fleet", props={"launchConfiguration": "old-worker"}
        ),
    ),
)
