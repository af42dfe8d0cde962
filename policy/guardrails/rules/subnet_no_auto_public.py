"""Private subnets give nobody a public address."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.tags import tagged
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, all_of, any_of, flag, items, text
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="tags",
        default={"Component": ["render-fleet"], "Tier": ["private"]},
        description="The tags, and their values, by which a private subnet is known.",
    ),
)


def findings(subnet: Resource, options: Options) -> Iterator[Finding]:
    """A private subnet that hands out public addresses."""
    if all_of(lambda: flag(subnet.props, "mapPublicIpOnLaunch") is True, lambda: _private(subnet, options)):
        yield Finding(
            observed="is private but gives instances public addresses",
            expected="False",
            argument="map_public_ip_on_launch",
        )


def _private(subnet: Resource, options: Options) -> bool:
    wanted = options.block("tags")
    return any_of(wanted, lambda key: tagged(subnet, key, [text(value) for value in items(wanted, key)]))


def remedy(subnet: Resource, options: Options) -> Block | None:
    """The subnet without public addresses."""
    return {"mapPublicIpOnLaunch": False} if any(findings(subnet, options)) else None


RULE = ResourceRule(
    id="subnet-no-auto-public",
    title="No public addresses in private subnets",
    description="A private subnet must not give instances public addresses.",
    why="One launch without an explicit interface would put a render instance on the internet.",
    fix="Set map_public_ip_on_launch to False.",
    severity=Severity.MEDIUM,
    topics=("security", "network"),
    applies_to=types.SUBNETS,
    options=OPTIONS,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ec2/subnet:Subnet",
            name="fleet-a",
            props={"tags": {"Tier": "private"}, "mapPublicIpOnLaunch": False},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/subnet:Subnet",
            name="fleet-a",
            props={"tags": {"Component": "render-fleet"}, "mapPublicIpOnLaunch": True},
        ),
    ),
)
