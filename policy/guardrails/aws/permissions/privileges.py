"""What is too much in a permission, and who is too many in a trust."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from guardrails.aws.permissions.reach import on_everything
from guardrails.resources.documents import Statement, passes_without

# Reading actions for which AWS takes no resource but the star.
READING = """
ec2:Describe* ec2:Get* autoscaling:Describe* application-autoscaling:Describe* elasticloadbalancing:Describe*
cloudwatch:Describe* cloudwatch:Get* cloudwatch:List* logs:Describe* ssm:Describe* ecs:Describe* ecs:List*
ecr:Describe* lambda:List* sqs:List* sns:List* kms:List* iam:List* events:List* rds:Describe* s3:ListAll*
sts:Get* tag:Get* xray:Get* ce:Get* pricing:Get* pricing:Describe* health:Describe* support:Describe*
trustedadvisor:Describe* servicequotas:Get* servicequotas:List* acm:List* route53:List* states:List*
dynamodb:List* secretsmanager:List* ssm:List*
"""
READ_ONLY = tuple(READING.split())
PASSING = "iam:passrole"
PASS_CONDITIONS = frozenset({"iam:passedtoservice", "iam:associatedresourcearn"})
WHOLE_ACCOUNT = re.compile(r"^(?:\d{12}|arn:aws[\w-]*:iam::(?:\d{12}|\*):root)$")
WILDCARDS = frozenset("*?")
# Conditions that say who calls; an external id only says what the caller knows.
WHO = frozenset(
    {
        *("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"),
    }
)
# Providers of identities that anybody can get: without a subject, every customer of theirs is trusted.
SHARED_PROVIDERS = frozenset(
    {"token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "agent.buildkite.com"}
)
# Their conditions that tell one customer's identities from another's.
SUBJECTS = (
    *(":sub", ":job_workflow_ref", ":repository", ":repository_id", ":repository_owner"),
    *(":project_path", ":namespace_path", ":terraform_organization_id", ":organization_id"),
)
# Policies of AWS that hold everything, of the account or of a service.
ALL_POWERFUL = re.compile(
    r"arn:aws[\w-]*:iam::aws:policy/(?:[\w+=,.@-]+/)*(?:AdministratorAccess|PowerUserAccess|\w+FullAccess)"
)
ARN_PARTS = 6

Fault = tuple[str, str]


def stars(statement: Statement, read_only: tuple[str, ...]) -> Iterator[Fault]:
    """What a statement allows beyond what is named: observed, and expected instead."""
    if not statement.allows:
        return
    if statement.not_actions:
        yield "allows every action but some (NotAction)", "named actions"
    if statement.not_resources:
        yield "allows actions on everything but some resources (NotResource)", "named resources"
    for action in statement.actions:
        yield from _star(statement, action, read_only)
    if _passes_any_role(statement):
        yield (
            "may pass any role to any service (iam:PassRole)",
            "named roles, or a condition iam:PassedToService",
        )


def _star(statement: Statement, action: str, read_only: tuple[str, ...]) -> Iterator[Fault]:
    service, _, verb = action.partition(":")
    if WILDCARDS & set(service) or not verb.strip("*?"):
        yield f"allows {action}", "named actions"
    elif WILDCARDS & set(verb) and on_everything(statement, service) and not _only_reads(action, read_only):
        yield f"allows {action} on every resource", "named actions, or named resources"


def _only_reads(action: str, read_only: tuple[str, ...]) -> bool:
    return any(fnmatchcase(action, pattern.lower()) for pattern in read_only)


def _passes_any_role(statement: Statement) -> bool:
    if statement.not_actions or not statement.grants(PASSING):
        return False
    if any(_binds(*condition) for condition in statement.conditions):
        return False
    return any(_any_role(resource) for resource in statement.resources)


def _binds(operator: str, key: str, values: tuple[str, ...]) -> bool:
    if key not in PASS_CONDITIONS or "not" in operator or operator.startswith("null"):
        return False  # the key is always there, so that IfExists binds as well
    return bool(values) and not any(value.startswith("*") for value in values)


def _any_role(resource: str) -> bool:
    # Whether a role of which nobody has thought matches, in whatever account.
    parts = resource.split(":", 5)
    of_iam = len(parts) < ARN_PARTS or fnmatchcase("iam", parts[2])
    return of_iam and fnmatchcase("role/a-name-of-no-role", parts[-1])


def all_powerful(policy_arn: str) -> bool:
    """Whether a policy of AWS holds everything of the account or of a service."""
    return bool(ALL_POWERFUL.fullmatch(policy_arn))


def strangers(statement: Statement) -> Iterator[Fault]:
    """Who may assume a role without having been named: observed, and expected instead."""
    if not statement.allows:
        return
    if statement.to_anybody and not statement.restricted_by(WHO):
        yield "may be assumed by everybody", "named principals"
    for kind, principal in statement.principals:
        if principal != "*" and "*" in principal:
            yield f"may be assumed by {principal}", "named principals"
        elif kind == "aws" and WHOLE_ACCOUNT.match(principal) and not statement.restricted:
            yield (
                "may be assumed by everybody in an account",
                "a named role, or a condition such as sts:ExternalId",
            )
        elif (
            kind == "federated"
            and ":saml-provider/" not in principal
            and not _of_subject(statement, principal)
        ):
            yield "may be assumed by every identity of a provider", "a condition on its subject"


def _of_subject(statement: Statement, provider: str) -> bool:
    """Whether some condition narrows the identities; on a provider that all the world shares, by subject."""
    if provider.rpartition("/")[2] not in SHARED_PROVIDERS:
        return bool(statement.conditions)
    return any(
        key.endswith(SUBJECTS)
        and "not" not in operator
        and not passes_without(operator)
        and not any(value.startswith(("*", "repo:*")) for value in values)
        for operator, key, values in statement.conditions
    )
