"""Whoever sizes groups may size only the render groups of this stack."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity
from pulumi_policy.proxy import UnknownValueError

from guardrails.aws import types
from guardrails.aws.tags import tagged
from guardrails.options import Option, Options
from guardrails.resources.documents import Statement, statements_at
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, unset
from guardrails.resources.values import Value, each, items, text, unknown
from guardrails.rule import Finding, StackRule

OPTIONS = (
    Option(
        name="actions",
        default=[
            "autoscaling:SetDesiredCapacity",
            "autoscaling:UpdateAutoScalingGroup",
            "autoscaling:TerminateInstanceInAutoScalingGroup",
        ],
        description="The actions that must be limited to render groups of this stack.",
    ),
    Option(
        name="components",
        default=["render-fleet"],
        description="Values of the tag Component of render groups; without one, every group counts as that.",
    ),
)
TAG_KEYS = ("autoscaling:resourcetag/", "aws:resourcetag/")
NAME_PART = re.compile(r":autoScalingGroupName/(.+)$")


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each statement that reaches other groups."""
    yield from each(stack.of(types.IDENTITY_POLICIES, types.ROLES), lambda it: _of(stack, it, options))


def _of(stack: Stack, holder: Resource, options: Options) -> Iterator[Finding]:
    if holder.type in types.ROLES:
        entries = [] if unset(holder, "inlinePolicies") else items(holder.props, "inlinePolicies")
    else:
        entries = [holder.props]
    yield from each(entries, lambda entry: _document(stack, holder, entry, options))


def _document(stack: Stack, holder: Resource, entry: Value, options: Options) -> Iterator[Finding]:
    for statement in statements_at(entry, "policy") or []:
        granted = [action for action in options.texts("actions") if statement.grants(action)]
        if granted and not _by_tag(statement):
            yield from _unlimited(stack, holder, statement, granted[0], options)


def _by_tag(statement: Statement) -> bool:
    # With IfExists a group without the tag passes, and with Not every group but some.
    return any(
        key.startswith(TAG_KEYS) and operator in {"stringequals", "stringlike"} and "*" not in values
        for operator, key, values in statement.conditions
    )


def _unlimited(
    stack: Stack, holder: Resource, statement: Statement, action: str, options: Options
) -> Iterator[Finding]:
    groups = _render_groups(stack, options)
    others = [group for group in stack.of(types.GROUPS) if group not in groups]
    wide = [resource for resource in statement.resources if not _limited(groups, others, resource)]
    if wide or not statement.resources:
        shown = wide[0] if wide else "everything but some resources"
        yield Finding(
            observed=f"allows {action} on {shown}",
            expected="the ARN of the render group, down to autoScalingGroupName/<name>",
            argument="policy",
            resource=holder,
        )


def _render_groups(stack: Stack, options: Options) -> list[Resource]:
    groups = stack.of(types.GROUPS)
    return [group for group in groups if _renders(group, options.texts("components"))] or groups


def _renders(group: Resource, components: tuple[str, ...]) -> bool:
    try:
        return tagged(group, "Component", components)
    except UnknownValueError:
        return True  # it may be one; nobody is blamed for naming it


def _limited(groups: list[Resource], others: list[Resource], resource: str) -> bool:
    found = NAME_PART.search(resource)
    if not found or found[1][0] in "*?":
        return False
    named = [group for group in others if not unset(group, "name") and not unknown(group.props, "name")]
    if any(fnmatchcase(text(group.props, "name"), found[1]) for group in named):
        return False  # a pattern that is wide enough for a group that renders nothing
    if any(unset(group, "name") or unknown(group.props, "name") for group in groups):
        return True
    return not groups or any(fnmatchcase(text(group.props, "name"), found[1]) for group in groups)


RULE = StackRule(
    id="scaler-least-privilege",
    title="The scaler's permissions",
    description="Permissions to size Auto Scaling groups must be limited to the render groups of this stack.",
    why="A mistake in the scaler would otherwise end the instances of every group in the account.",
    fix="Name the group in the resource: arn:...:autoScalingGroup:*:autoScalingGroupName/<name>.",
    severity=Severity.HIGH,
    topics=("security", "iam", "auto-scaling"),
    judges=types.IDENTITY_POLICIES | types.ROLES | types.GROUPS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:iam/rolePolicy:RolePolicy",
            name="scaler",
            props={
                "policy": '{"Statement": [{"Effect": "Allow", "Action": "autoscaling:SetDesiredCapacity",'
                ' "Resource": "arn:aws:autoscaling:eu:1:autoScalingGroup:*:autoScalingGroupName/fleet"}]}'
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:iam/rolePolicy:RolePolicy",
            name="scaler",
            props={
                "policy": '{"Statement": [{"Effect": "Allow", "Action": "autoscaling:SetDesiredCapacity",'
                ' "Resource": "*"}]}'
            },
        ),
    ),
)
