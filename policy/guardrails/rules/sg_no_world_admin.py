"""Nobody administers a machine from anywhere in the world."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.security_groups import INGRESS, Opening, openings, world_and
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import each
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="ports",
        default=[22, 23, 3389, 5985, 5986],
        description="Ports through which machines are administered.",
    ),
)


def findings(resource: Resource, options: Options) -> Iterator[Finding]:
    """Each rule through which the world reaches an admin port."""
    yield from each(openings(resource, INGRESS), lambda opening: _admin(opening, options))


def _admin(opening: Opening, options: Options) -> Iterator[Finding]:
    ports = options.numbers("ports")
    if world_and(opening, lambda: any(opening.admits(port) for port in ports)):
        reached = ", ".join(f"{port:g}" for port in ports if opening.admits(port))
        yield Finding(
            observed=f"the whole world reaches the admin ports {reached}",
            expected="no such rule; use Session Manager",
            argument=opening.argument or "cidr_blocks, cidr_ipv4 or cidr_ipv6",
        )


RULE = ResourceRule(
    id="sg-no-world-admin",
    title="No admin ports to the world",
    description="A security group must not open admin ports to the whole world.",
    why="SSH and RDP open to everybody are tried by bots within minutes.",
    fix="Remove the rule and use Session Manager, which needs no open port.",
    severity=Severity.CRITICAL,
    references=("EC2.53", "EC2.54", "CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_277"),
    topics=("security", "network"),
    applies_to=types.SECURITY_GROUPS | types.EITHER_WAY_RULES | types.INGRESS_RULES,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            name="https",
            props={"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"},
        ),
    ),
    violating=(
        Resource(
            type="aws:ec2/securityGroup:SecurityGroup",
            name="workers",
            props={
                "ingress": [{"protocol": "tcp", "fromPort": 0, "toPort": 1024, "ipv6CidrBlocks": ["::/0"]}]
            },
        ),
    ),
)
