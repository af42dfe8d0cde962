"""Nobody may do everything, and nobody unknown may become somebody."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.permissions.dangers import dangers
from guardrails.aws.permissions.privileges import READ_ONLY, all_powerful, stars, strangers
from guardrails.options import Option, Options
from guardrails.resources.documents import parsed, statements, statements_at
from guardrails.resources.resource import Resource
from guardrails.resources.values import Value, at, each, in_turn, items, present, text, unknown
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="readOnly",
        default=list(READ_ONLY),
        description="Wildcards of reading actions that allow no resource level; they do not count as a star.",
    ),
)
JUDGED = types.IDENTITY_POLICIES | types.ROLES | types.ATTACHMENTS
ARNS = (
    ("policyArn", "policy_arn"),
    ("policyArns", "policy_arns"),
    ("managedPolicyArns", "managed_policy_arns"),
)


def findings(resource: Resource, options: Options) -> Iterator[Finding]:
    """Each star in what is granted, and each stranger in who is trusted."""
    if resource.type in types.IDENTITY_POLICIES:
        yield from _granted(resource.props.get("policy"), "policy", options)
        return
    yield from _attached(resource)
    if resource.type not in types.ROLES:
        return
    inline = [] if unknown(resource.props, "inlinePolicies") else items(resource.props, "inlinePolicies")
    yield from in_turn(
        _trusted(resource, options),
        each(
            enumerate(inline),
            lambda it: _granted(_policy(it[1]), f"inline_policies[{it[0]}].policy", options),
        ),
        _raise_unknown(resource),
    )


def _attached(resource: Resource) -> Iterator[Finding]:
    for key, argument in ARNS:
        # A policy of AWS is named by a text; an ARN that is not known yet is a policy of our own.
        stated = [] if unknown(resource.props, key) else items(resource.props, key)
        for arn in (text(each_one) for each_one in stated if not unknown(each_one)):
            if all_powerful(arn):
                yield Finding(
                    observed=f"holds the policy {arn.rpartition('/')[2]} of AWS",
                    expected="a policy with named actions",
                    argument=argument,
                )


def _policy(entry: Value) -> Value:
    return entry.get("policy") if isinstance(entry, dict) else entry


def _raise_unknown(role: Resource) -> Iterator[Finding]:
    at(role.props, "inlinePolicies")
    yield from ()


def _granted(document: Value, argument: str, options: Options) -> Iterator[Finding]:
    if not unknown(document) and not present(document):
        return
    found = statements(parsed(document))
    if found is None:
        yield Finding(observed="is no policy document", expected="one with statements", argument=argument)
        return
    faults = [fault for statement in found for fault in stars(statement, options.texts("readOnly"))]
    for observed, expected in [*faults, *dangers(found)]:
        yield Finding(observed=observed, expected=expected, argument=argument)


def _trusted(role: Resource, options: Options) -> Iterator[Finding]:
    argument = "assume_role_policy"
    yield from _granted(role.props.get("assumeRolePolicy"), argument, options)
    for statement in statements_at(role.props, "assumeRolePolicy") or []:
        for observed, expected in strangers(statement):
            yield Finding(observed=observed, expected=expected, argument=argument)


RULE = ResourceRule(
    id="iam-no-star",
    title="No stars in policies",
    description=(
        "A policy must not allow everything of a service, privileges, credentials or data on everything, any "
        "role to be passed, or everybody to be trusted."
    ),
    why="A star is every action that AWS will ever add, on everything the account will ever hold.",
    fix="Name the actions, the resources and the principals that are needed.",
    severity=Severity.CRITICAL,
    references=(
        *("IAM.1", "IAM.21"),
        *("KMS.1", "KMS.2", "CKV_AWS_60", "CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_274"),
        *("CKV_AWS_286", "CKV_AWS_287", "CKV_AWS_288"),
    ),
    topics=("security", "iam"),
    applies_to=JUDGED,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:iam/rolePolicy:RolePolicy",
            name="worker",
            props={
                "policy": '{"Statement": [{"Effect": "Allow", "Action": ["sqs:ReceiveMessage"],'
                ' "Resource": "arn:aws:sqs:eu-central-1:123456789012:renders"}]}'
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:iam/rolePolicy:RolePolicy",
            name="worker",
            props={"policy": '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'},
        ),
    ),
)
