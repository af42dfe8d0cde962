"""What leaves a security group is stated by protocol and port."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.aws.security_groups import EGRESS, Opening, openings
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import each
from guardrails.rule import Finding, ResourceRule


def findings(resource: Resource, _options: Options) -> Iterator[Finding]:
    """Each outgoing rule that lets every protocol pass."""
    yield from each(openings(resource, EGRESS), _everything)


def _everything(opening: Opening) -> Iterator[Finding]:
    if opening.all_protocols():
        yield Finding(
            observed="lets every protocol out",
            expected="the protocols and ports that are needed, such as tcp 443",
            argument=opening.argument or "protocol or ip_protocol",
        )


RULE = ResourceRule(
    id="sg-egress",
    title="Stated egress",
    description="A security group should not let every protocol out.",
    why="Whatever gets onto an instance can send customers' footage anywhere, over any port.",
    fix="Allow tcp 443 to the endpoints in use, or record a waiver with its reason.",
    severity=Severity.LOW,
    references=("CKV_AWS_382",),
    topics=("security", "network"),
    level=EnforcementLevel.ADVISORY,
    applies_to=types.SECURITY_GROUPS | types.EITHER_WAY_RULES | types.EGRESS_RULES,
    findings=findings,
    compliant=(
        Resource(
            type="aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
            name="https-out",
            props={"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"},
        ),
    ),
    violating=(
        Resource(
            type="aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
            name="everything-out",
            props={"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"},
        ),
    ),
)
