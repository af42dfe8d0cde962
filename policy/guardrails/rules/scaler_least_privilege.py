"""Whoever sizes groups may size only the groups of this stack."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from guardrails import types
from guardrails.documents import Statement, parsed, statements
from guardrails.options import Option, Options
from guardrails.rule import Finding, Resource, StackRule
from guardrails.stack import Stack, unset
from guardrails.values import each, items, text, unknown

OPTIONS = (
    Option(
        name="actions",
        default=[
            "autoscaling:SetDesiredCapacity",
            "autoscaling:UpdateAutoScalingGroup",
            "autoscaling:TerminateInstanceInAutoScalingGroup",
        ],
        description="The actions that must be limited to groups of this stack.",
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
        documents = [parsed(entry, "policy") for entry in entries]
    else:
        documents = [parsed(holder.props, "policy")]
    for document in documents:
        for statement in statements(document) or []:
            granted = [action for action in options.texts("actions") if statement.grants(action)]
            if granted and not _by_tag(statement):
                yield from _unlimited(stack, holder, statement, granted[0])


def _by_tag(statement: Statement) -> bool:
    return any(key.startswith(TAG_KEYS) and "*" not in values for _, key, values in statement.conditions)


def _unlimited(stack: Stack, holder: Resource, statement: Statement, action: str) -> Iterator[Finding]:
    wide = [resource for resource in statement.resources if not _limited(stack, resource)]
    if wide or not statement.resources:
        shown = wide[0] if wide else "everything but some resources"
        yield Finding(
            observed=f"allows {action} on {shown}",
            expected="the ARN of the render group, down to autoScalingGroupName/<name>",
            argument="policy",
            resource=holder,
        )


def _limited(stack: Stack, resource: str) -> bool:
    found = NAME_PART.search(resource)
    if not found or found[1][0] in "*?":
        return False
    groups = stack.of(types.GROUPS)
    if any(unset(group, "name") or unknown(group.props, "name") for group in groups):
        return True
    return not groups or any(fnmatchcase(text(group.props, "name"), found[1]) for group in groups)


RULE = StackRule(
    id="scaler-least-privilege",
    title="The scaler's permissions",
    description="Permissions to size Auto Scaling groups must be limited to the groups of this stack.",
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
