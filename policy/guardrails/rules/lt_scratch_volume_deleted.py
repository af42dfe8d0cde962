"""The volumes of an instance go with it."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.aws.machines import is_template, volumes, with_ebs
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, each, flag
from guardrails.rule import Finding, ResourceRule


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """Each EBS mapping that outlives its instance."""
    # Of a template's volumes AWS deletes the root alone unasked, of other machines' all of them.
    unasked = not is_template(template)
    yield from each(volumes(template), lambda volume: _kept(*volume, unasked=unasked))


def _kept(argument: str, device: str, ebs: Value, *, unasked: bool) -> Iterator[Finding]:
    stated = flag(ebs, "deleteOnTermination")
    if not (unasked if stated is None else stated):
        yield Finding(
            observed=f"the volume {device} may outlive its instance",
            expected="True",
            argument=f"{argument}.delete_on_termination",
        )


def remedy(template: Resource, _options: Options) -> Block | None:
    """The mappings with deletion on termination."""
    return with_ebs(
        template, lambda ebs: {} if flag(ebs, "deleteOnTermination") else {"deleteOnTermination": "true"}
    )


RULE = ResourceRule(
    id="lt-scratch-volume-deleted",
    title="Scratch volumes are deleted",
    description="The volumes that are made with an instance should be deleted with it.",
    why="A fleet that scales all day leaves hundreds of volumes behind, which cost money and hold footage.",
    fix="Set ebs.delete_on_termination to True in each block device mapping.",
    severity=Severity.LOW,
    topics=("cost", "launch-template"),
    level=EnforcementLevel.ADVISORY,
    applies_to=types.MACHINES,
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
