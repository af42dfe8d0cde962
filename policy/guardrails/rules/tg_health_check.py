"""A target group checks the health of its targets in a way that can fail."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Value, block, flag, in_turn, number, present, text, unknown
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(name="lowestCode", default=200, description="The lowest HTTP status that may count as healthy."),
    Option(name="highestCode", default=299, description="The highest HTTP status that may count as healthy."),
    Option(name="lowestThreshold", default=2, description="The lowest number of checks in a row."),
    Option(name="highestThreshold", default=10, description="The highest number of checks in a row."),
)
WEB = frozenset({"HTTP", "HTTPS"})
# What the API fills in; a network load balancer waits longer.
INTERVAL, TIMEOUT, SLOW_TIMEOUT = 30.0, 5.0, 10.0


def findings(group: Resource, options: Options) -> Iterator[Finding]:
    """Everything about the check that would hide a broken target."""
    if text(group.props, "targetType") == "lambda":
        return
    if not present(group.props, "healthCheck"):
        yield Finding(
            observed="states no health check", expected="a health check of its own", argument="health_check"
        )
        return
    check = block(group.props, "healthCheck")
    yield from in_turn(
        _enabled(check),
        _path(group, check),
        _matcher(group, check, options),
        _pace(group, check),
        _counts(check, options),
    )


def _enabled(check: Value) -> Iterator[Finding]:
    if flag(check, "enabled") is False:
        yield Finding(
            observed="the health check is switched off", expected="True", argument="health_check.enabled"
        )


def _protocol(group: Resource, check: Value) -> str:
    stated = text(check, "protocol").upper()
    own = text(group.props, "protocol").upper()
    return stated or ("TCP" if own and own not in WEB else "HTTP")


def _path(group: Resource, check: Value) -> Iterator[Finding]:
    if _protocol(group, check) in WEB and not present(check, "path"):
        yield Finding(
            observed="the health check has no path", expected="a path", argument="health_check.path"
        )


def _matcher(group: Resource, check: Value, options: Options) -> Iterator[Finding]:
    if _protocol(group, check) not in WEB:
        return
    stated = text(check, "matcher")
    grpc = text(group.props, "protocolVersion").upper() == "GRPC"
    low, high = int(options.number("lowestCode")), int(options.number("highestCode"))
    if stated and (re.fullmatch(r"\d+(,\d+)*", stated) if grpc else _narrow(stated, low, high)):
        return
    yield Finding(
        observed=f"the matcher {stated} takes too much for healthy"
        if stated
        else "the health check has no matcher",
        expected="single codes" if grpc else f"codes within {low} to {high}",
        argument="health_check.matcher",
    )


def _narrow(matcher: str, low: int, high: int) -> bool:
    for part in matcher.split(","):
        found = re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part)
        if not found:
            return False
        first, last = int(found[1]), int(found[2] or found[1])
        if not low <= first <= last <= high:
            return False
    return True


def _pace(group: Resource, check: Value) -> Iterator[Finding]:
    if not present(check, "interval") and not present(check, "timeout"):
        return
    web = (
        text(group.props, "protocol").upper() in WEB | {""} if not unknown(group.props, "protocol") else True
    )
    interval = number(check, "interval")
    timeout = number(check, "timeout")
    interval = INTERVAL if interval is None else interval
    timeout = (TIMEOUT if web else SLOW_TIMEOUT) if timeout is None else timeout
    if timeout >= interval:
        yield Finding(
            observed=f"a check may take {timeout:g} s but starts every {interval:g} s",
            expected="a timeout below the interval",
            argument="health_check.timeout",
        )


def _counts(check: Value, options: Options) -> Iterator[Finding]:
    low, high = options.number("lowestThreshold"), options.number("highestThreshold")
    for key, argument in (
        ("healthyThreshold", "healthy_threshold"),
        ("unhealthyThreshold", "unhealthy_threshold"),
    ):
        count = number(check, key)
        if count is not None and not low <= count <= high:
            yield Finding(
                observed=f"{argument} is {count:g}",
                expected=f"{low:g} to {high:g}",
                argument=f"health_check.{argument}",
            )


RULE = ResourceRule(
    id="tg-health-check",
    title="Target group health check",
    description="A target group must check its targets with a health check that can tell sick from healthy.",
    why="Without one, or with one that takes every answer for healthy, traffic goes to broken targets.",
    fix="Give the target group a health check with path, narrow matcher and a timeout below its interval.",
    severity=Severity.HIGH,
    references=("CKV_AWS_261",),
    topics=("health", "load-balancing"),
    applies_to=types.TARGET_GROUPS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:lb/targetGroup:TargetGroup",
            name="api",
            props={
                "protocol": "HTTP",
                "healthCheck": {"path": "/healthz", "matcher": "200", "interval": 15, "timeout": 5},
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:lb/targetGroup:TargetGroup",
            name="api",
            props={"protocol": "HTTP", "healthCheck": {"path": "/", "matcher": "200-499"}},
        ),
    ),
)
