"""Instances get no public address."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.machines import is_template
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, unset, without_unset
from guardrails.resources.values import Block, Value, each, flag, in_turn, items
from guardrails.rule import Finding, ResourceRule


def findings(template: Resource, _options: Options) -> Iterator[Finding]:
    """Each network interface that asks for a public address, and a machine that does so itself."""
    if flag(template.props, "associatePublicIpAddress"):
        yield Finding(
            observed="gets a public address", expected="False", argument="associate_public_ip_address"
        )
    interfaces = enumerate(items(template.props, "networkInterfaces"))
    yield from each(interfaces, lambda interface: _public(*interface))


def _public(index: int, interface: Value) -> Iterator[Finding]:
    if flag(interface, "associatePublicIpAddress"):
        yield Finding(
            observed=f"network interface {index} gets a public address",
            expected="False",
            argument=f"network_interfaces[{index}].associate_public_ip_address",
        )


def joined(stack: Stack, machine: Resource, _options: Options) -> Iterator[Finding]:
    """A single machine that gets a public address by its subnet, or by one that is made for it."""
    if machine.type in types.SINGLE_MACHINES:
        yield from in_turn(_by_subnet(stack, machine), _by_address(stack, machine))


def _by_subnet(stack: Stack, machine: Resource) -> Iterator[Finding]:
    settled = without_unset(machine, "associatePublicIpAddress", "subnetId")
    if flag(settled.props, "associatePublicIpAddress") is not None or "subnetId" not in settled.props:
        return
    for subnet in stack.referred(machine, types.SUBNETS, "subnetId"):
        if flag(subnet.props, "mapPublicIpOnLaunch"):
            yield Finding(
                observed=f"gets a public address from the subnet {subnet.name}",
                expected="False",
                argument="associate_public_ip_address",
                resource=machine,
            )


def _by_address(stack: Stack, machine: Resource) -> Iterator[Finding]:
    owned = [address for address in stack.of(types.ADDRESSES) if not unset(address, "instance")]
    own = Stack(owned).referring(types.ADDRESSES, machine, "instance")
    given = [it for it in stack.of(types.ADDRESS_ASSOCIATIONS) if not unset(it, "instanceId")]
    for address in own + Stack(given).referring(types.ADDRESS_ASSOCIATIONS, machine, "instanceId"):
        yield Finding(
            observed=f"gets the public address {address.name}",
            expected="no public address; use Session Manager or a load balancer",
            argument="instance of the address",
            resource=machine,
        )


def remedy(template: Resource, options: Options) -> Block | None:
    """The network interfaces without public addresses."""
    if not is_template(template) or not any(findings(template, options)):
        return None  # of another machine it would be a new machine
    closed: list[Value] = [
        {**interface, "associatePublicIpAddress": "false"} if isinstance(interface, dict) else interface
        for interface in items(template.props, "networkInterfaces")
    ]
    return {"networkInterfaces": closed}


RULE = ResourceRule(
    id="lt-no-public-ip",
    title="No public addresses",
    description="Whatever launches instances must not give them public addresses.",
    why="Render instances only call out; a public address makes each of them reachable from everywhere.",
    fix="Set associate_public_ip_address to False on every network interface, or leave it out.",
    severity=Severity.HIGH,
    references=("EC2.25", "CKV_AWS_88", "AutoScaling.5"),
    topics=("security", "network", "launch-template"),
    applies_to=types.MACHINES,
    findings=findings,
    joined=joined,
    joins=types.SUBNETS | types.ADDRESSES | types.ADDRESS_ASSOCIATIONS,
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
