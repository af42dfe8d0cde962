"""A role has its policies in its own arguments or beside it, never both."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails import types
from guardrails.options import Options
from guardrails.rule import Finding, Resource, StackRule
from guardrails.stack import Stack, unset
from guardrails.values import each, in_turn, items, text, unknown


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each role with both."""
    yield from each(stack.of(types.ROLES), lambda role: in_turn(_attached(stack, role), _inline(stack, role)))


def _attached(stack: Stack, role: Resource) -> Iterator[Finding]:
    if unset(role, "managedPolicyArns") or not items(role.props, "managedPolicyArns"):
        return
    beside = [
        *stack.referring(types.ROLE_ATTACHMENTS, role, "role"),
        *stack.referring(types.MANY_ATTACHMENTS, role, "roles"),
    ]
    # After a refresh the role shows what is attached beside it.
    listed = items(role.props, "managedPolicyArns")
    shown = {
        text(each_one.props, "policyArn") for each_one in beside if not unknown(each_one.props, "policyArn")
    }
    if beside and (_new(role) or not all(not unknown(arn) and text(arn) in shown for arn in listed)):
        yield _finding(role, "managed_policy_arns", beside[0])


def _inline(stack: Stack, role: Resource) -> Iterator[Finding]:
    if unset(role, "inlinePolicies") or not items(role.props, "inlinePolicies"):
        return
    beside = stack.referring(types.ROLE_POLICIES, role, "role")
    listed = items(role.props, "inlinePolicies")
    shown = {text(each_one.props, "name") for each_one in beside if not unknown(each_one.props, "name")} - {
        ""
    }
    if beside and (
        _new(role) or not all(not unknown(own, "name") and text(own, "name") in shown for own in listed)
    ):
        yield _finding(role, "inline_policies", beside[0])


def _new(role: Resource) -> bool:
    """Whether the role is still to be made, and so shows nothing that was read back."""
    return unknown(role.props, "id")


def _finding(role: Resource, argument: str, beside: Resource) -> Finding:
    return Finding(
        observed=f"states {argument} and has {beside.name} beside it",
        expected="all policies in one of the two forms",
        argument=argument,
        resource=role,
    )


RULE = StackRule(
    id="iam-no-mixed-policies",
    title="One form of role policies",
    description="A role must not have policies both in its own arguments and beside it.",
    why="Each deployment of the role detaches what the other form attached.",
    fix="Use RolePolicyAttachment and RolePolicy resources alone.",
    severity=Severity.MEDIUM,
    topics=("drift", "iam"),
    judges=types.ROLES | types.ROLE_ATTACHMENTS | types.MANY_ATTACHMENTS | types.ROLE_POLICIES,
    findings=findings,
    compliant=(
        Resource(type="aws:iam/role:Role", name="worker", urn="worker"),
        Resource(
            type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            name="worker-ssm",
            props={"policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"},
            links={"role": ("worker",)},
        ),
    ),
    violating=(
        Resource(
            type="aws:iam/role:Role",
            name="worker",
            urn="worker",
            props={"managedPolicyArns": ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"]},
        ),
        Resource(
            type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            name="worker-ssm",
            props={"policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"},
            links={"role": ("worker",)},
        ),
    ),
)
