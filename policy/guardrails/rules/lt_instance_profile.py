"""Instances have a role, without which Systems Manager cannot reach them."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.machines import has_profile, leaves_to_template
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.rule import Finding, ResourceRule


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """A template that names no instance profile; one that only the deployment knows is one."""
    if has_profile(template) or leaves_to_template(template, "iamInstanceProfile"):
        return
    yield Finding(
        observed="names no instance profile",
        expected="the fleet's instance profile",
        argument="iam_instance_profile",
    )


RULE = ResourceRule(
    id="lt-instance-profile",
    title="Instance profile",
    description="Whatever launches instances must name an instance profile.",
    why="Without a role the SSM agent cannot register, so the instance is never bootstrapped nor reachable.",
    fix="Pass the ARN or the name of the fleet's instance profile as iam_instance_profile.",
    severity=Severity.HIGH,
    references=("CKV2_AWS_41",),
    topics=("ssm", "launch-template"),
    applies_to=types.MACHINES,
    findings=findings,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"iamInstanceProfile": {"name": "clip-it-worker"}},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"iamInstanceProfile": {"__defaults": []}},
        ),
    ),
)
