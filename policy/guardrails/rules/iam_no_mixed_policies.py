"""A role has its policies in its own arguments or beside it, never both."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, unset
from guardrails.resources.values import Value, any_of, each, in_turn, items, text, unknown
from guardrails.rule import Finding, StackRule


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each role with both."""
    yield from each(stack.of(types.ROLES), lambda role: in_turn(_attached(stack, role), _inline(stack, role)))


def _attached(stack: Stack, role: Resource) -> Iterator[Finding]:
    listed = [] if unset(role, "managedPolicyArns") else items(role.props, "managedPolicyArns")
    if not listed:
        return
    beside = [
        *stack.referring(types.ROLE_ATTACHMENTS, role, "role"),
        *stack.referring(types.MANY_ATTACHMENTS, role, "roles"),
    ]
    shown = [partial(_is_in, arn, beside, "policyArn") for arn in listed]
    if beside and _stated(role, "managedPolicyArns", shown):
        yield _finding(role, "managed_policy_arns", beside[0])


def _inline(stack: Stack, role: Resource) -> Iterator[Finding]:
    listed = [] if unset(role, "inlinePolicies") else items(role.props, "inlinePolicies")
    if not listed:
        return
    beside = stack.referring(types.ROLE_POLICIES, role, "role")
    shown = [partial(_is_in, _name(own), beside, "name") for own in listed]
    if beside and _stated(role, "inlinePolicies", shown):
        yield _finding(role, "inline_policies", beside[0])


def _name(policy: Value) -> Value:
    return policy.get("name") if isinstance(policy, dict) else None


def _is_in(entry: Value, beside: list[Resource], key: str) -> bool:
    if unknown(entry):
        return False
    return bool(text(entry)) and any_of(beside, lambda other: text(other.props, key) == text(entry))


def _stated(role: Resource, place: str, shown: Sequence[Callable[[], bool]]) -> bool:
    """Whether the program states the policies: after a refresh a role also shows those beside it."""
    if unknown(role.props, "id") or role.links.get(place):
        return True
    return any_of(shown, lambda is_shown: not is_shown())


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
