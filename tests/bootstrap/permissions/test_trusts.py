"""Who may take a role: the workflow of one environment of one repository, and nobody else."""

import pytest

from bootstrap.permissions.trusts import AUDIENCE
from tests.bootstrap.accounts import account
from tests.iam import trusted

ENVIRONMENTS = {"preview": "prod-preview", "drift": "prod-drift", "image": "image", "deploy": "prod"}
MAIN = "refs/heads/main"


def claims(purpose: str, **changed: str) -> dict[str, str]:
    return {
        "aud": AUDIENCE,
        "sub": f"repo:example/clip-it:environment:{ENVIRONMENTS[purpose]}",
        "repository_id": "100000001",
        "ref": "refs/pull/7/merge" if purpose == "preview" else MAIN,
        **changed,
    }


def test_there_are_four_roles() -> None:
    assert set(account("prod").roles) == set(ENVIRONMENTS)


@pytest.mark.parametrize("purpose", ENVIRONMENTS)
def test_the_workflow_that_a_role_is_for_may_take_it(purpose: str) -> None:
    assert trusted(account("prod").roles[purpose].trust, claims(purpose))


@pytest.mark.parametrize("purpose", ENVIRONMENTS)
def test_so_may_that_of_a_repository_whose_tokens_have_numbers_in_their_subject(purpose: str) -> None:
    numbered = f"repo:example@100000002/clip-it@100000001:environment:{ENVIRONMENTS[purpose]}"
    assert trusted(account("prod").roles[purpose].trust, claims(purpose, sub=numbered))


STRANGERS = {
    "another owner's number": {"sub": "repo:example@2/clip-it@100000001:environment:prod"},
    "another audience": {"aud": "https://github.com/example"},
    "another environment": {"sub": "repo:example/clip-it:environment:dev"},
    "no environment": {"sub": f"repo:example/clip-it:ref:{MAIN}"},
    "a pull request": {"sub": "repo:example/clip-it:pull_request"},
    "a fork": {"sub": "repo:somebody/clip-it:environment:prod", "repository_id": "2"},
    "a later repository of the same name": {"repository_id": "2"},
    "a name that only begins so": {"sub": "repo:example/clip-it:environment:production"},
}


@pytest.mark.parametrize("purpose", ENVIRONMENTS)
@pytest.mark.parametrize("who", STRANGERS)
def test_nobody_else_may(purpose: str, who: str) -> None:
    assert not trusted(account("prod").roles[purpose].trust, claims(purpose, **STRANGERS[who]))


@pytest.mark.parametrize("purpose", ["drift", "image", "deploy"])
def test_only_the_deployed_branch_may_take_what_sees_or_changes_the_cloud(purpose: str) -> None:
    branch = claims(purpose, ref="refs/heads/feature")
    assert not trusted(account("prod").roles[purpose].trust, branch)


@pytest.mark.parametrize("claim", ["aud", "sub", "repository_id"])
@pytest.mark.parametrize("purpose", ENVIRONMENTS)
def test_a_token_without_a_claim_is_refused(purpose: str, claim: str) -> None:
    without = {key: value for key, value in claims(purpose).items() if key != claim}
    assert not trusted(account("prod").roles[purpose].trust, without)
