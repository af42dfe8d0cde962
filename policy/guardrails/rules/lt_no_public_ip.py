"""Instances get no public address."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, each, flag, items
from guardrails.rule import Finding, ResourceRule


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """Each network interface that asks for a public address."""
    interfaces = enumerate(items(template.props, "networkInterfaces"))
    yield from each(interfaces, lambda interface: _public(*interface))


def _public(index: int, interface: Value) -> Iterator[Finding]:
    if flag(interface, "associatePublicIpAddress"):
        yield Finding(
            observed=f"network interface {index} gets a public address",
            expected="False",
            argument=f"network_interfaces[{index}].associate_public_ip_address",
        )


def remedy(template: Resource, options: Options) -> Block | None:
    """The network interfaces without public addresses."""
    if not any(findings(template, options)):
        return None
    closed: list[Value] = [
        {**interface, "associatePublicIpAddress": "false"} if isinstance(interface, dict) else interface
        for interface in items(template.props, "networkInterfaces")
    ]
    return {"networkInterfaces": closed}


RULE = ResourceRule(
    id="lt-no-public-ip",
    title="No public addresses",
    description="A launch template must not give its instances public addresses.",
    why="Render instances only call out; a public address makes each of them reachable from everywhere.",
    fix="Set associate_public_ip_address to False on every network interface, or leave it out.",
    severity=Severity.HIGH,
    references=("EC2.25", "CKV_AWS_88", "AutoScaling.5"),
    topics=("security", "network", "launch-template"),
    applies_to=types.LAUNCH_TEMPLATES,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"networkInterfaces": [{"associatePublicIpAddress": "false"}]},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/launchTemplate:LaunchTemplate",
            name="worker",
            props={"networkInterfaces": [{"associatePublicIpAddress": "true"}]},
        ),
    ),
)
