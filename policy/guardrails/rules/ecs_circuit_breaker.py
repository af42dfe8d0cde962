"""A deployment that cannot start is stopped and taken back."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, all_of, any_of, flag, in_turn, text
from guardrails.rule import Finding, ResourceRule

ELSEWHERE = frozenset({"CODE_DEPLOY", "EXTERNAL"})


def findings(service: Resource, _options: Options) -> Iterator[Finding]:
    """A rolling deployment without circuit breaker or rollback."""
    if all_of(lambda: _rolling(service), lambda: not _complete(service)):
        yield from in_turn(_enabled(service), _rollback(service))


def _rolling(service: Resource) -> bool:
    return text(service.props, "deploymentController", "type") not in ELSEWHERE


def _complete(service: Resource) -> bool:
    parts = ("enable", "rollback")
    return not any_of(parts, lambda part: flag(service.props, "deploymentCircuitBreaker", part) is not True)


def _enabled(service: Resource) -> Iterator[Finding]:
    if flag(service.props, "deploymentCircuitBreaker", "enable") is not True:
        yield Finding(
            observed="has no deployment circuit breaker",
            expected="True",
            argument="deployment_circuit_breaker.enable",
        )


def _rollback(service: Resource) -> Iterator[Finding]:
    if flag(service.props, "deploymentCircuitBreaker", "rollback") is not True:
        yield Finding(
            observed="does not take a failed deployment back",
            expected="True",
            argument="deployment_circuit_breaker.rollback",
        )


def remedy(service: Resource, options: Options) -> Block | None:
    """Circuit breaker and rollback on."""
    broken = any(findings(service, options))
    return {"deploymentCircuitBreaker": {"enable": True, "rollback": True}} if broken else None


RULE = ResourceRule(
    id="ecs-circuit-breaker",
    title="Deployment circuit breaker",
    description="An ECS service must have a deployment circuit breaker with rollback.",
    why="Otherwise a broken image is started again and again, and the deployment never ends.",
    fix="Set deployment_circuit_breaker with enable=True and rollback=True.",
    severity=Severity.HIGH,
    topics=("availability", "ecs"),
    applies_to=types.SERVICES,
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:ecs/service:Service",
            name="job-server",
            props={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        ),
    ),
    violating=(
        Resource(
            type="aws:ecs/service:Service",
            name="job-server",
            props={"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
        ),
    ),
)
