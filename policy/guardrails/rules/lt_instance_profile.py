"""Instances have a role, without which Systems Manager cannot reach them."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import present, unknown
from guardrails.rule import Finding, ResourceRule


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """A template that names no instance profile; one that only the deployment knows is one."""
    profile = template.props.get("iamInstanceProfile")
    if unknown(profile) or present(profile, "arn") or present(profile, "name"):
        return
    yield Finding(
        observed="names no instance profile",
        expected="the fleet's instance profile",
        argument="iam_instance_profile",
    )


RULE = ResourceRule(
    id="lt-instance-profile",
    title="Instance profile",
    description="A launch template must name an instance profile.",
    why="Without a role the SSM agent cannot register, so the instance is never bootstrapped nor reachable.",
    fix="Pass the ARN or the name of the fleet's instance profile as iam_instance_profile.",
    severity=Severity.HIGH,
    references=("CKV2_AWS_41", "SSM.1"),
    topics=("ssm", "launch-template"),
    applies_to=types.LAUNCH_TEMPLATES,
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
