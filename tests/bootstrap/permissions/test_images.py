"""Images: one role pushes, deployments find and pull, and nobody moves or deletes one."""

import json

import pytest

from bootstrap.permissions.images import PULLING, pulling_policy
from tests.bootstrap.accounts import account
from tests.iam import permitted

REPOSITORY = "arn:aws:ecr:eu-central-1:444455556666:repository/clip-it/job-server"


def test_only_the_role_for_images_pushes() -> None:
    for purpose in account("prod").roles:
        pushes = permitted(account("prod").documents(purpose), "ecr:PutImage", REPOSITORY)
        assert pushes is (purpose == "image")
    assert "image" not in account("dev").roles


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_deployment_of_either_account_finds_the_image_of_both(stack: str) -> None:
    for action in PULLING:
        assert permitted(account(stack).documents("deploy"), action, REPOSITORY)


@pytest.mark.parametrize(
    "action",
    ["ecr:BatchDeleteImage", "ecr:PutImageTagMutability", "ecr:SetRepositoryPolicy", "ecr:DeleteRepository"],
)
def test_nobody_deletes_moves_or_shares_an_image(action: str) -> None:
    for stack in ("dev", "prod"):
        for purpose in account(stack).roles:
            assert not permitted(account(stack).documents(purpose), action, REPOSITORY)


def test_the_repository_lets_the_accounts_of_both_pull_and_do_nothing_else() -> None:
    (statement,) = json.loads(pulling_policy(account("prod").settings.images.pulled_by))["Statement"]
    assert statement["Principal"]["AWS"] == [
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::444455556666:root",
    ]
    assert sorted(statement["Action"]) == sorted(PULLING)


def test_who_pushes_may_do_nothing_else() -> None:
    for statement in account("prod").roles["image"].allows["push"]:
        assert all(action.startswith("ecr:") for action in statement.actions)
        assert statement.resources in ([REPOSITORY], ["*"])
