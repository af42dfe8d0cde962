"""A web ACL stands before the public load balancer."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from guardrails.aws import types
from guardrails.aws.balancers import is_public_application
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import all_of, each
from guardrails.rule import Finding, StackRule


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each public application load balancer without a web ACL."""
    yield from each(stack.of(types.LOAD_BALANCERS), lambda balancer: _bare(stack, balancer))


def _bare(stack: Stack, balancer: Resource) -> Iterator[Finding]:
    if all_of(
        lambda: is_public_application(balancer),
        lambda: not stack.referring(types.WEB_ACL_ASSOCIATIONS, balancer, "resourceArn"),
    ):
        yield Finding(
            observed="is public and has no web ACL",
            expected="an association with its ARN",
            argument="resource_arn of an aws.wafv2.WebAclAssociation",
            resource=balancer,
        )


RULE = StackRule(
    id="alb-waf",
    title="Web ACL",
    description="A public Application Load Balancer should have a web ACL.",
    why="Rate limits and known-bad rules keep floods away from the job server.",
    fix="Associate a web ACL with the load balancer by aws.wafv2.WebAclAssociation.",
    severity=Severity.MEDIUM,
    references=("CKV2_AWS_28",),
    topics=("security", "load-balancing"),
    level=EnforcementLevel.ADVISORY,
    judges=types.LOAD_BALANCERS | types.WEB_ACL_ASSOCIATIONS,
    findings=findings,
    compliant=(
        Resource(type="aws:lb/loadBalancer:LoadBalancer", name="api", urn="api", props={"internal": False}),
        Resource(
            type="aws:wafv2/webAclAssociation:WebAclAssociation", name="api", links={"resourceArn": ("api",)}
        ),
    ),
    violating=(Resource(type="aws:lb/loadBalancer:LoadBalancer", name="api", props={"internal": False}),),
)
