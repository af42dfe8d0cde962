"""Names: none overflows, none is a deployment's, and two regions of one account do not meet."""

from dataclasses import replace

import pytest

from bootstrap.names import Names
from tests.bootstrap.accounts import STACKS, account


def named(names: Names) -> set[str]:
    """What exists once in an account, or in the world."""
    purposes = ("preview", "drift", "image", "deploy")
    return {names.state_bucket, names.boundary, *(names.role(purpose) for purpose in purposes)}


@pytest.mark.parametrize("stack", STACKS)
def test_no_name_is_one_that_a_deployment_may_change(stack: str) -> None:
    for name in named(account(stack).names):
        assert name.startswith("clip-it-bootstrap-")
        assert not name.startswith(f"clip-it-{stack}-")


def test_a_second_region_of_an_account_has_other_names() -> None:
    settings = account("dev").settings
    second = replace(settings, account=replace(settings.account, region="eu-west-1"))
    assert not named(Names.of(settings)) & named(Names.of(second))


def test_the_longest_environment_and_region_fit() -> None:
    settings = account("dev").settings
    longest = replace(settings.account, environment="staging1", region="eu-central-2")
    names = named(Names.of(replace(settings, account=longest)))
    assert max(map(len, names)) <= 63


def test_the_key_is_named_with_the_stack_that_may_decrypt() -> None:
    assert account("prod").names.secrets_provider == (
        "awskms:///alias/clip-it-bootstrap-prod-state?region=eu-central-1&context_stack=prod"
    )
