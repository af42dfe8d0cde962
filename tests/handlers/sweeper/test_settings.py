"""The sweeper's environment."""

import pytest

from handlers.jobs.environment import SettingsError
from handlers.sweeper.settings import read
from tests.handlers.conftest import REGION, TABLE

ENVIRONMENT = {
    "CLIPIT_ENVIRONMENT": "dev",
    "AWS_REGION": REGION,
    "CLIPIT_TABLE": TABLE,
    "CLIPIT_INPUTS_BUCKET": "inputs",
    "CLIPIT_OUTPUTS_BUCKET": "outputs",
    "CLIPIT_ATTEMPT_LIMIT": "2",
    "CLIPIT_DISPATCH_GRACE_SECONDS": "30",
    "CLIPIT_REMOVED_FLEETS": "[]",
}
URLS = {
    "CLIPIT_QUEUE_URLS": '{"cpu": "https://q"}',
    "CLIPIT_DEAD_LETTER_URLS": '{"cpu": "https://d"}',
    "CLIPIT_NOTIFICATION_QUEUE_URL": "https://n",
}


def test_everything_missing_in_the_environment_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        read({})
    assert all(f"{name} is missing" in str(raised.value) for name in (*ENVIRONMENT, *URLS))


def test_removed_fleets_are_a_list_of_names() -> None:
    assert read({**ENVIRONMENT, **URLS}).removed_fleets == ()
    named = read({**ENVIRONMENT, **URLS, "CLIPIT_REMOVED_FLEETS": '["gpu", "old"]'})
    assert named.removed_fleets == ("gpu", "old")


@pytest.mark.parametrize("given", ["gpu", '{"gpu": 1}', '[""]', "[1]"])
def test_removed_fleets_that_are_no_names_are_refused(given: str) -> None:
    with pytest.raises(SettingsError, match=r"CLIPIT_REMOVED_FLEETS is .*: expected a JSON list of names"):
        read({**ENVIRONMENT, **URLS, "CLIPIT_REMOVED_FLEETS": given})


def test_a_grace_that_is_no_number_is_refused() -> None:
    with pytest.raises(
        SettingsError, match="CLIPIT_DISPATCH_GRACE_SECONDS is 'soon': expected a whole number"
    ):
        read({**ENVIRONMENT, **URLS, "CLIPIT_DISPATCH_GRACE_SECONDS": "soon"})


def test_a_fleet_without_a_dead_letter_queue_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"CLIPIT_QUEUE_URLS names \['cpu'\] .* \['gpu'\]"):
        read({**ENVIRONMENT, **URLS, "CLIPIT_DEAD_LETTER_URLS": '{"gpu": "https://d"}'})
