"""Ways to put a case before a rule: through the SDK's own proxy, or over the wire."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from guardrails.catalogue import RULES
from guardrails.pack.policies import joint, validation
from guardrails.resources.resource import Resource
from guardrails.rule import ResourceRule, Rule
from pulumi_policy import PolicyResource, ResourceValidationArgs, StackValidationArgs
from pulumi_policy.policy import PolicyCustomTimeouts, PolicyResourceOptions
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from tests.policy.cases import CLEAN, FOUND, OPEN, Case

ROOT = Path(__file__).parents[2]
UNKNOWN = UNKNOWN_STRING_VALUE
# What judges a whole stack: stack rules, and resource rules that also join.
JOINING = {rule.id for rule in RULES if not isinstance(rule, ResourceRule) or rule.joined}


class Judgement(SimpleNamespace):
    """What one rule said: the findings, and whether it had to leave something open."""

    findings: list[str]
    undecided: bool


def _options(resource: Resource) -> PolicyResourceOptions:
    return PolicyResourceOptions(
        resource.protected, list(resource.ignored), None, [], PolicyCustomTimeouts(0, 0, 0), []
    )


def _sdk(resource: Resource) -> PolicyResource:
    props = unknown_checking_proxy(resource.props)
    urn = resource.urn or f"urn:pulumi:dev::clip-it::{resource.type}::{resource.name}"
    return PolicyResource(resource.type, props, urn, resource.name, _options(resource), None, None, [], {})


def judge(rule_id: str, *resources: Resource, **config: object) -> Judgement:
    """Let one rule judge resources as the SDK would present them."""
    rule = next(rule for rule in RULES if rule.id == rule_id)
    findings: list[str] = []
    undecided = False

    def report(message: str, _urn: str | None = None) -> None:
        findings.append(message)

    asked = [(validation(rule), args) for args in _one_by_one(rule, resources, config)]
    if rule.id in JOINING:
        asked.append((joint(rule), _together(resources, config)))
    for policy, args in asked:
        try:
            policy.validate(args, report)
        except UnknownValueError:
            undecided = True
    return Judgement(findings=findings, undecided=undecided)


def _one_by_one(
    rule: Rule, resources: Sequence[Resource], config: Mapping[str, object]
) -> list[ResourceValidationArgs]:
    if not isinstance(rule, ResourceRule):
        return []
    return [
        ResourceValidationArgs(
            resource.type,
            unknown_checking_proxy(resource.props),
            resource.urn,
            resource.name,
            _options(resource),
            None,
            config,
        )
        for resource in resources
    ]


def _together(resources: Sequence[Resource], config: Mapping[str, object]) -> StackValidationArgs:
    known = {each.urn: each for each in map(_sdk, resources)}
    for resource, sdk in zip(resources, known.values(), strict=True):
        sdk.property_dependencies = {
            key: [known[urn] for urn in urns if urn in known] for key, urns in resource.links.items()
        }
    return StackValidationArgs(list(known.values()), config)


@pytest.fixture(name="judge")
def _judge() -> Callable[..., Judgement]:
    """The judgement of one rule by its id on some resources, with options as keywords."""
    return judge


@pytest.fixture
def try_case() -> Callable[[Case], None]:
    """Judge the case's resources and compare what was found with what must be."""

    def attempt(case: Case) -> None:
        judgement = judge(case.rule, *case.resources, **case.options)
        findings = judgement.findings
        assert not any("could not judge" in finding for finding in findings), findings
        outcome = FOUND if findings else OPEN if judgement.undecided else CLEAN
        assert outcome == case.outcome, findings
        assert any(case.mentions in finding for finding in findings) or not case.mentions, findings

    return attempt
