"""The load balancer records each request."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.balancers import is_application
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import all_of, flag, present
from guardrails.rule import Finding, ResourceRule


def findings(balancer: Resource, _options: Options) -> Iterator[Finding]:
    """An application load balancer without access logs, or one that names no place for them."""
    if all_of(
        lambda: flag(balancer.props, "accessLogs", "enabled") is not True,
        lambda: is_application(balancer),
    ):
        yield Finding(observed="writes no access logs", expected="True", argument="access_logs.enabled")
    elif flag(balancer.props, "accessLogs", "enabled") and not present(
        balancer.props, "accessLogs", "bucket"
    ):
        yield Finding(
            observed="names no bucket for its access logs",
            expected="the logs bucket",
            argument="access_logs.bucket",
        )


RULE = ResourceRule(
    id="alb-access-logs",
    title="Access logs",
    description="An Application Load Balancer must write access logs to a bucket.",
    why="They show who called what when a customer disputes a render or a key is stolen.",
    fix="Set access_logs with enabled=True and the logs bucket.",
    severity=Severity.MEDIUM,
    references=("ELB.5",),
    topics=("observability", "load-balancing"),
    applies_to=types.LOAD_BALANCERS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:lb/loadBalancer:LoadBalancer",
            name="api",
            props={"accessLogs": {"enabled": True, "bucket": "clip-it-logs"}},
        ),
    ),
    violating=(
        Resource(
            type="aws:lb/loadBalancer:LoadBalancer",
            name="api",
            props={"accessLogs": {"bucket": "clip-it-logs"}},
        ),
    ),
)
