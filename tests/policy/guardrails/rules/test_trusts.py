"""Who may assume a role, and which conditions narrow that down."""

from collections.abc import Callable

import pytest
from guardrails.aws.permissions.privileges import SHARED_PROVIDERS

from tests.policy.cases import Case, clean, document, found, resource

RULE = "iam-no-star"
ACCOUNT = "arn:aws:iam::111122223333:root"


def trusted(principal: object, condition: object = None):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    stated = statement if condition is None else {**statement, "Condition": condition}
    return resource("aws:iam/role:Role", "deployer", assumeRolePolicy=document(stated))


def by_provider(name: str, **condition: object):
    provider = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{name}"}
    return trusted(provider, {key: dict(value) for key, value in condition.items()} or None)


SHARED = sorted(SHARED_PROVIDERS)
CASES: list[Case] = [
    *(
        found(RULE, f"whoever is a customer of {it}", by_provider(it, StringEquals={f"{it}:aud": "sts"}))
        for it in SHARED
    ),
    *(
        found(
            RULE,
            f"any subject of {it}",
            by_provider(it, **{"ForAllValues:StringLike": {f"{it}:sub": "acme:*"}}),
        )
        for it in SHARED
    ),
    *(
        clean(RULE, f"one subject of {it}", by_provider(it, StringLike={f"{it}:sub": "acme/app:*"}))
        for it in SHARED
    ),
    clean(
        RULE,
        "one project of GitLab",
        by_provider("gitlab.com", StringEquals={"gitlab.com:project_path": "a/b"}),
    ),
    *(
        found(RULE, f"all users of {it}", trusted({"Federated": it}))
        for it in (
            "cognito-identity.amazonaws.com",
            "accounts.google.com",
            "www.amazon.com",
            "graph.facebook.com",
        )
    ),
    clean(
        RULE,
        "an identity pool",
        trusted(
            {"Federated": "cognito-identity.amazonaws.com"},
            {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-central-1:1"}},
        ),
    ),
    clean(RULE, "a provider of the company", trusted({"Federated": "arn:aws:iam::1:saml-provider/company"})),
    clean(
        RULE,
        "an organization",
        trusted({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    ),
    *(
        found(RULE, f"everybody under {condition}", trusted({"AWS": "*"}, condition))
        for condition in (
            {"Bool": {"aws:SecureTransport": "true"}},
            {"StringLike": {"aws:PrincipalOrgID": "*"}},
            {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
            {"StringEquals": {"sts:ExternalId": "a1b2"}},
            {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
            {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}},
        )
    ),
    *(
        found(RULE, f"an account under {condition}", trusted({"AWS": ACCOUNT}, condition))
        for condition in (
            {"StringLike": {"aws:PrincipalArn": "*"}},
            {"Bool": {"aws:SecureTransport": "true"}},
            {"StringEqualsIfExists": {"sts:ExternalId": "a1b2"}},
        )
    ),
    clean(RULE, "an account", trusted({"AWS": ACCOUNT}, {"StringEquals": {"sts:ExternalId": "a1b2"}})),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trust(case: Case, try_case: Callable[[Case], None]):
    try_case(case)


@pytest.mark.parametrize("everything", ["*", "**", "arn:*", "arn:aws:*", "arn:*:*", "arn:*:iam::*:*", "?*"])
def test_an_arn_that_ends_early_is_everything(everything: str, judge: Callable):
    statement = {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": everything}
    policy = resource("aws:iam/policy:Policy", "p", policy=document(statement))
    assert judge(RULE, policy).findings
