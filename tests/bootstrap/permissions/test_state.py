"""The state: a preview reads it and decrypts what is its own stack's, a deployment also writes it."""

import pytest

from bootstrap.permissions.state import FILES
from tests.bootstrap.accounts import account
from tests.iam import permitted

STATE = "arn:aws:s3:::clip-it-bootstrap-prod-state-444455556666-eu-central-1"
FILE = f"{STATE}/{FILES}"
KEY = "arn:aws:kms:eu-central-1:444455556666:key/1"
OWN = {"kms:ResourceAliases": ["alias/clip-it-bootstrap-prod-state"], "kms:EncryptionContext:stack": "prod"}


def may(purpose: str, action: str, resource: str, context: dict[str, str | list[str]] | None = None) -> bool:
    return permitted(account("prod").documents(purpose), action, resource, context)


def test_the_names_are_those_of_the_account() -> None:
    assert account("prod").names.state_bucket == STATE.rpartition(":")[2]


@pytest.mark.parametrize("purpose", ["preview", "drift", "deploy"])
def test_who_previews_reads_the_state_and_decrypts(purpose: str) -> None:
    assert may(purpose, "s3:GetObject", FILE)
    assert may(purpose, "s3:ListBucket", STATE)
    assert may(purpose, "kms:Decrypt", KEY, OWN)


@pytest.mark.parametrize("purpose", ["preview", "drift"])
@pytest.mark.parametrize("action", ["s3:PutObject", "s3:DeleteObject"])
def test_who_only_looks_writes_no_state(purpose: str, action: str) -> None:
    assert not may(purpose, action, FILE)
    assert may("deploy", action, FILE)


@pytest.mark.parametrize(
    "other",
    [
        {"kms:EncryptionContext:stack": "dev"},
        {"kms:ResourceAliases": ["alias/clip-it-prod-content"]},
        {"kms:EncryptionContext:stack": ""},
    ],
    ids=["another stack's secret", "the key of customers' content", "no context"],
)
@pytest.mark.parametrize("purpose", ["preview", "drift", "deploy"])
def test_nobody_decrypts_anything_else(purpose: str, other: dict[str, str | list[str]]) -> None:
    assert not may(purpose, "kms:Decrypt", KEY, {**OWN, **other})


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::clip-it-prod-outputs-444455556666-eu-central-1/outputs/a"),
        ("dynamodb:DescribeTable", "arn:aws:dynamodb:eu-central-1:444455556666:table/clip-it-prod-jobs"),
        ("ec2:DescribeVpcs", "*"),
        ("ecr:GetAuthorizationToken", "*"),
        ("iam:GetRole", "arn:aws:iam::444455556666:role/clip-it-prod-cpu-instances-eu-central-1"),
        ("kms:Encrypt", KEY),
        ("sts:AssumeRole", "arn:aws:iam::444455556666:role/clip-it-bootstrap-prod-deploy-eu-central-1"),
    ],
)
def test_a_preview_may_do_nothing_else(action: str, resource: str) -> None:
    assert not may("preview", action, resource, OWN)


def test_no_role_may_weaken_the_state_bucket_or_lose_its_versions() -> None:
    for action in (
        "s3:DeleteObjectVersion",
        "s3:PutBucketPolicy",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
        "s3:DeleteBucket",
    ):
        for purpose in account("prod").roles:
            assert not may(purpose, action, STATE)
            assert not may(purpose, action, FILE)
