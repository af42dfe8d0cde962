"""DNS sends callers only where somebody answers."""

from collections.abc import Iterator
from dataclasses import replace

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import Value, each, flag, in_turn, items, present, text, unknown
from guardrails.rule import Finding, ResourceRule

# CloudFront's hosted zone; Route 53 cannot evaluate the health of a distribution.
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
POLICIES = ("failoverRoutingPolicies", "weightedRoutingPolicies")


def findings(record: Resource, _options: Options) -> Iterator[Finding]:
    """An alias that does not look at its target, and a routed record without a health check."""
    aliases = enumerate(items(record.props, "aliases"))
    yield from in_turn(each(aliases, lambda alias: _blind(*alias)), _unchecked(record))


def _blind(index: int, alias: Value) -> Iterator[Finding]:
    if flag(alias, "evaluateTargetHealth") is not True and text(alias, "zoneId") != CLOUDFRONT_ZONE:
        yield _not_evaluated(index)


def joined(_stack: Stack, record: Resource, _options: Options) -> Iterator[Finding]:
    """An alias whose zone is still unknown, judged by what it points at."""
    behind = record.links.get("aliases", ())
    if not behind or any(DISTRIBUTION in urn for urn in behind) or unknown(record.props, "aliases"):
        return
    for index, alias in enumerate(items(record.props, "aliases")):
        open_flag = unknown(alias, "evaluateTargetHealth")
        if unknown(alias, "zoneId") and not open_flag and flag(alias, "evaluateTargetHealth") is not True:
            yield replace(_not_evaluated(index), resource=record)


def _not_evaluated(index: int) -> Finding:
    return Finding(
        observed="the alias does not evaluate the health of its target",
        expected="True",
        argument=f"aliases[{index}].evaluate_target_health",
    )


def _unchecked(record: Resource) -> Iterator[Finding]:
    if present(record.props, "healthCheckId") or not any(items(record.props, policy) for policy in POLICIES):
        return
    aliases = items(record.props, "aliases")
    if aliases and all(flag(alias, "evaluateTargetHealth") for alias in aliases):
        return
    yield Finding(
        observed="is routed by failover or weight without a health check",
        expected="the id of a health check",
        argument="health_check_id",
    )


RULE = ResourceRule(
    id="route53-evaluate-target",
    title="DNS health",
    description=(
        "An alias must evaluate its target's health; failover and weighted records need a health check."
    ),
    why="Otherwise DNS goes on sending callers to an entrance that is down.",
    fix="Set evaluate_target_health to True on aliases and health_check_id on routed records.",
    severity=Severity.MEDIUM,
    topics=("health", "dns"),
    applies_to=types.RECORDS,
    findings=findings,
    joined=joined,
    compliant=(
        Resource(
            type="aws:route53/record:Record",
            name="api",
            props={"type": "A", "aliases": [{"name": "lb", "zoneId": "Z1", "evaluateTargetHealth": True}]},
        ),
    ),
    violating=(
        Resource(
            type="aws:route53/record:Record",
            name="api",
            props={"type": "A", "aliases": [{"name": "lb", "zoneId": "Z1", "evaluateTargetHealth": False}]},
        ),
    ),
)
