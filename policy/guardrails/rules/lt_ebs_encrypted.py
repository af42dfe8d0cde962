"""Every volume that is made with an instance is encrypted."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.machines import volumes, with_ebs
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, each, flag, present
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="requireCustomerKey",
        default=False,
        description="Whether each volume must name a KMS key of its own.",
    ),
)


def findings(template: Resource, options: Options) -> Iterator[Finding]:
    """Each volume that is not encrypted as demanded; a root volume is made whether or not it is stated."""
    yield from each(volumes(template), lambda volume: _plain(*volume, options))


def _plain(argument: str, device: str, ebs: Value, options: Options) -> Iterator[Finding]:
    if not flag(ebs, "encrypted"):
        yield Finding(
            observed=f"the volume {device} is not encrypted",
            expected="True",
            argument=f"{argument}.encrypted",
        )
    elif options.flag("requireCustomerKey") and not present(ebs, "kmsKeyId"):
        yield Finding(
            observed=f"the volume {device} is encrypted with the account's default key",
            expected="a KMS key of this project",
            argument=f"{argument}.kms_key_id",
        )


def remedy(template: Resource, _options: Options) -> Block | None:
    """The mappings with encryption on; keys are left to people."""
    return with_ebs(template, lambda ebs: {} if flag(ebs, "encrypted") else {"encrypted": "true"})


RULE = ResourceRule(
    id="lt-ebs-encrypted",
    title="Encrypted volumes",
    description="Every EBS volume that is made with an instance must be encrypted.",
    why=(
        "Customers' footage lies on these volumes; an unencrypted one leaks it through snapshots and "
        "disposal."
    ),
    fix="Set encrypted to True for each volume, also for the root volume of an instance.",
    severity=Severity.HIGH,
    references=("EC2.181", "CKV_AWS_8", "EC26"),
    topics=("security", "encryption", "launch-template"),
    applies_to=types.MACHINES,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}]},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 50}}]},
        ),
    ),
)
