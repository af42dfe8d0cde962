"""DNS sends callers only where somebody answers."""

from collections.abc import Iterator
from dataclasses import replace

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, kind_in, without_unset
from guardrails.resources.values import Value, each, flag, in_turn, items, present, text, unknown
from guardrails.rule import Finding, ResourceRule, unresolved

# The hosted zone of CloudFront, and of what stands behind it: Route 53 cannot evaluate the health of such a
# target (Route 53 developer guide, "Values specific for simple alias records").
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
POLICIES = ("failoverRoutingPolicies", "weightedRoutingPolicies")


def findings(record: Resource, _options: Options) -> Iterator[Finding]:
    """An alias that does not look at its target, and a routed record without a health check."""
    aliases = enumerate(items(record.props, "aliases"))
    yield from in_turn(each(aliases, lambda alias: _blind(*alias)), _unchecked(record))


def _blind(index: int, alias: Value) -> Iterator[Finding]:
    if flag(alias, "evaluateTargetHealth") is not True and text(alias, "zoneId") != CLOUDFRONT_ZONE:
        yield _not_evaluated(index)


def joined(stack: Stack, record: Resource, _options: Options) -> Iterator[Finding]:
    """An alias whose zone is still unknown, judged by what it points at."""
    aliases = enumerate(items(record.props, "aliases"))
    settled = without_unset(record, "healthCheckId", *POLICIES)
    yield from in_turn(
        each(aliases, lambda alias: _blind_by_target(stack, record, *alias)), unresolved(_unchecked(settled))
    )


def _blind_by_target(stack: Stack, record: Resource, index: int, alias: Value) -> Iterator[Finding]:
    if flag(alias, "evaluateTargetHealth") is True or not unknown(alias, "zoneId"):
        return
    behind = record.links.get("aliases", ())
    targets = [it for it in stack.of(types.ALIAS_TARGETS) if it.urn in behind]
    if any(_behind_cloudfront(target) for target in targets):
        return
    if not behind or not all(kind_in(urn).startswith("aws:") for urn in behind):
        text(alias, "zoneId")  # it may come from a distribution of another stack, or through a component
    yield replace(_not_evaluated(index), resource=record)


def _behind_cloudfront(target: Resource) -> bool:
    if target.type not in types.API_DOMAINS:
        return target.type in types.BEHIND_CLOUDFRONT
    stated = without_unset(target, "endpointConfiguration", "regionalCertificateArn").props
    kinds = [text(kind) for kind in items(stated, "endpointConfiguration", "types")]
    # An API's own domain name is served from the edge where a program says nothing else.
    return "EDGE" in kinds if kinds else not present(stated, "regionalCertificateArn")


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
    settles=True,
    joins=types.ALIAS_TARGETS,
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
