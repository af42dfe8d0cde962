"""Every network keeps a record of who talked to whom."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import any_of, each, text
from guardrails.rule import Finding, StackRule


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each network without a flow log."""
    yield from each(stack.of(types.VPCS), lambda vpc: _unwatched(stack, vpc))


def _unwatched(stack: Stack, vpc: Resource) -> Iterator[Finding]:
    if not any_of(stack.referring(types.FLOW_LOGS, vpc, "vpcId"), _shows_refusals):
        yield Finding(
            observed="has no flow log of what was refused",
            expected='one that names it, of the traffic "ALL" or "REJECT"',
            argument="vpc_id of an aws.ec2.FlowLog",
            resource=vpc,
        )


def _shows_refusals(log: Resource) -> bool:
    return text(log.props, "trafficType").upper() != "ACCEPT"


RULE = StackRule(
    id="vpc-flow-logs",
    title="Flow logs",
    description="Every VPC must have a flow log.",
    why="After an incident it is the only record of where data went.",
    fix="Add an aws.ec2.FlowLog for the VPC.",
    severity=Severity.MEDIUM,
    references=("EC2.6", "CKV2_AWS_11", "VPC7"),
    topics=("observability", "network"),
    judges=types.VPCS | types.FLOW_LOGS,
    findings=findings,
    compliant=(
        Resource(type="aws:ec2/vpc:Vpc", name="main", urn="main"),
        Resource(
            type="aws:ec2/flowLog:FlowLog",
            name="main",
            props={"trafficType": "ALL"},
            links={"vpcId": ("main",)},
        ),
    ),
    violating=(Resource(type="aws:ec2/vpc:Vpc", name="main"),),
)
