"""The one adapter that turns rules into CrossGuard policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext, suppress
from typing import TypedDict, cast

from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyProviderResource,
    ReportViolation,
    ResourceRemediation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError
from pulumi_policy.secret import Secret

from guardrails.aws.default_tags import with_default_tags
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Levels, Stack, of_sdk
from guardrails.resources.values import Block, Unknown, Value, each, plain
from guardrails.rule import THE_STACK, Finding, ResourceRule, Rule, StackRule


def validation(rule: Rule) -> ResourceValidationPolicy | StackValidationPolicy:
    """The policy that reports a rule's findings."""
    if isinstance(rule, ResourceRule):
        return ResourceValidationPolicy(
            **_metadata(rule),
            validate=lambda args, report: _judge_resource(rule, args, report),
            remediate=_remediate(rule) if rule.remedy else None,
        )
    if isinstance(rule, StackRule):
        return joint(rule)
    raise TypeError(f"{rule.id} is a {type(rule).__name__}; make it a ResourceRule or a StackRule")


def joint(rule: Rule, stated: Levels | None = None, *, informs: bool | None = None) -> StackValidationPolicy:
    """The policy that checks a rule over a whole stack; for a resource rule, the part that joins resources.

    It reports the findings that only inform, those that do not, or by default both. `stated` is the
    configuration of all rules, for the rule about waivers.
    """
    return StackValidationPolicy(
        **_metadata(rule),
        validate=lambda args, report: _judge_stack(rule, args, report, stated or {}, informs=informs),
    )


def remediation(rule: Rule) -> ResourceValidationPolicy:
    """The policy that only remediates; stack rules have theirs here, as the SDK offers them none."""
    return ResourceValidationPolicy(**_metadata(rule), remediate=_remediate(rule))


def _remediate(rule: Rule) -> ResourceRemediation:
    # The SDK takes a plain result as well as an awaitable one, but declares only the latter.
    return cast("ResourceRemediation", lambda args: _mend(rule, args))


class Metadata(TypedDict):
    """A policy's metadata for Pulumi."""

    name: str
    description: str
    enforcement_level: EnforcementLevel
    config_schema: PolicyConfigSchema | None
    display_name: str
    severity: Severity
    framework: PolicyComplianceFramework
    tags: list[str]
    remediation_steps: str
    url: str


def _metadata(rule: Rule) -> Metadata:
    schema = PolicyConfigSchema({option.name: option.schema() for option in rule.options})
    own = not rule.references
    return {
        "name": rule.id,
        "description": rule.description,
        "enforcement_level": rule.level,
        "config_schema": schema if rule.options else None,
        "display_name": rule.title,
        "severity": rule.severity,
        "framework": PolicyComplianceFramework(
            name="guardrails" if own else "AWS controls",
            reference=", ".join(rule.references) or rule.id,
            specification=rule.why,
        ),
        "tags": list(rule.topics),
        "remediation_steps": rule.fix,
        "url": rule.url,
    }


def _judge_resource(rule: ResourceRule, args: ResourceValidationArgs, report: ReportViolation) -> None:
    if not rule.covers(args.resource_type):
        return
    resource = _resource(args)
    options = Options(rule.options, args.get_config())
    # What such a rule leaves open here, it decides or leaves open when it sees the whole stack.
    with suppress(UnknownValueError) if rule.settles else nullcontext():
        _tell(rule, resource.name, lambda: rule.findings(resource, options), report)


def _judge_stack(
    rule: Rule, args: StackValidationArgs, report: ReportViolation, stated: Levels, *, informs: bool | None
) -> None:
    judged: frozenset[str] = frozenset()
    if isinstance(rule, StackRule):
        judged = rule.judges
    elif isinstance(rule, ResourceRule):
        judged = rule.joining
    resources = (with_default_tags(of_sdk(it), _settings(it.provider)) for it in args.resources)
    stack = Stack(resources, judged, stated)
    options = Options(rule.options, args.get_config())
    if isinstance(rule, StackRule):
        findings = rule.findings
        _tell(
            rule,
            THE_STACK,
            lambda: (it for it in findings(stack, options) if informs in {None, it.informs}),
            report,
        )
    elif isinstance(rule, ResourceRule) and rule.joined:
        joined = rule.joined
        covered = [resource for resource in stack.resources if rule.covers(resource.type)]
        _tell(
            rule,
            THE_STACK,
            lambda: each(covered, lambda resource: joined(stack, resource, options)),
            report,
        )


def _tell(
    rule: Rule, culprit: str, findings: Callable[[], Iterable[Finding]], report: ReportViolation
) -> None:
    """Report each finding; a rule that raises counts as a finding, never as a pass."""
    note = f" [{', '.join(rule.references)}]" if rule.references else ""
    try:
        for finding in findings():
            at = finding.resource
            report(f"{finding.sentence(at.name if at else culprit)}{note}", at.urn if at else None)
    except UnknownValueError:
        raise
    except Exception as broken:
        report(
            f"{culprit}: the rule failed with {type(broken).__name__}; report this as a bug of the pack.",
            None,
        )


def _resource(args: ResourceValidationArgs) -> Resource:
    props = plain(args.props)
    stated = Resource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        props=props if isinstance(props, dict) else {},
        protected=bool(args.opts.protect),
        ignored=tuple(args.opts.ignore_changes),
    )
    return with_default_tags(stated, _settings(args.provider))


def _settings(provider: PolicyProviderResource | None) -> Block | None:
    props = plain(provider.props) if provider else None
    return props if isinstance(props, dict) else None


def _mend(rule: Rule, args: ResourceValidationArgs) -> Mapping[str, object] | None:
    """The inputs with the rule's remedy laid over them; one that would write an unknown value is refused."""
    if rule.remedy is None or not mendable(rule, args.resource_type):
        return None
    patch = rule.remedy(_resource(args), Options(rule.options, args.get_config()))
    if not patch:
        return None
    _refuse_unknown(patch)
    # The SDK hands out a view first and what the previous remedy returned after that; beneath the view,
    # secrets are still marked as such.
    inputs = _beneath(args.props)
    if not isinstance(inputs, dict) or any(_holds_secret(inputs.get(key)) for key in patch):
        return None
    return {**inputs, **patch}


def _beneath(value: object) -> object:
    return value["__target"] if isinstance(value, Mapping) and not isinstance(value, dict) else value


def mendable(rule: Rule, resource_type: str) -> bool:
    """Whether the rule can remediate resources of this type."""
    if rule.remedy is None:
        return False
    if isinstance(rule, ResourceRule):
        return rule.covers(resource_type)
    return isinstance(rule, StackRule) and resource_type in rule.remedies


def _holds_secret(value: object) -> bool:
    """Whether a value that a remedy would rewrite is marked secret somewhere; the mark would be lost."""
    if isinstance(value, Secret):
        return True
    inside = _beneath(value)
    members = inside.values() if isinstance(inside, dict) else inside if isinstance(inside, list) else ()
    return any(_holds_secret(member) for member in members)


def _refuse_unknown(value: Value) -> None:
    if isinstance(value, Unknown):
        raise value.error
    for element in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_unknown(element)
