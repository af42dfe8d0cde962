"""The stack files of the accounts: the committed ones are usable, and mistakes are refused all at once."""

import pytest

from bootstrap.settings import parse
from components.settings import SettingsError
from tests.bootstrap.accounts import STACKS, account, sections


@pytest.mark.parametrize("stack", STACKS)
def test_a_committed_file_is_usable(stack: str) -> None:
    assert account(stack).settings.account.environment == stack


def test_dev_and_prod_are_two_accounts_that_share_one_image_repository() -> None:
    dev, prod = account("dev").settings, account("prod").settings
    assert dev.account.account_id != prod.account.account_id
    assert dev.images == prod.images
    assert (dev.holds_images, prod.holds_images) == (False, True)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = sections("dev")
    wrong["account"] = {**wrong["account"], "monthly_budget_usd": 0, "budget_emails": []}
    wrong["git_host"] = {**wrong["git_host"], "repository": "clip-it", "token": "x"}
    with pytest.raises(SettingsError) as refused:
        parse(wrong)
    said = str(refused.value)
    for words in ("monthly_budget_usd: 0", "budget_emails: []", "repository: 'clip-it'", "token: no such"):
        assert words in said


def test_an_account_that_cannot_pull_the_images_is_refused() -> None:
    wrong = sections("dev")
    wrong["images"] = {**wrong["images"], "pulled_by": ["444455556666"]}
    with pytest.raises(SettingsError, match="111122223333"):
        parse(wrong)
