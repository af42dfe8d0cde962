"""The volumes of an instance go with it."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.aws.groups import ebs_mappings, with_ebs
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, each, flag
from guardrails.rule import Finding, ResourceRule


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """Each EBS mapping that outlives its instance."""
    yield from each(ebs_mappings(template), lambda mapping: _kept(*mapping))


def _kept(device: str, ebs: Value) -> Iterator[Finding]:
    if not flag(ebs, "deleteOnTermination"):
        yield Finding(
            observed=f"the volume {device} may outlive its instance",
            expected="True",
            argument="block_device_mappings[...].ebs.delete_on_termination",
        )


def remedy(template: Resource, _options: Options) -> Block | None:
    """The mappings with deletion on termination."""
    return with_ebs(
        template, lambda ebs: {} if flag(ebs, "deleteOnTermination") else {"deleteOnTermination": "true"}
    )


RULE = ResourceRule(
    id="lt-scratch-volume-deleted",
    title="Scratch volumes are deleted",
    description="The scratch volumes of a launch template should be deleted with their instance.",
    why="A fleet that scales all day leaves hundreds of volumes behind, which cost money and hold footage.",
    fix="Set ebs.delete_on_termination to True in each block device mapping.",
    severity=Severity.LOW,
    references=("EC2.3",),
    topics=("cost", "launch-template"),
    level=EnforcementLevel.ADVISORY,
    applies_to=types.LAUNCH_TEMPLATES,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={
                "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"deleteOnTermination": "true"}}]
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={
                "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"deleteOnTermination": "false"}}]
            },
        ),
    ),
)
