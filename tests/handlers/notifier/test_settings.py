"""What the notifier accepts as its environment."""

import pytest

from handlers.jobs.environment import SettingsError
from handlers.notifier.settings import from_environment

GIVEN = {
    "AWS_REGION": "eu-central-1",
    "CLIPIT_ENVIRONMENT": "dev",
    "CLIPIT_TABLE": "table",
    "CLIPIT_NOTIFICATION_QUEUE_URL": "https://queue",
    "CLIPIT_WEBHOOK_SECRET_PREFIX": "/clip-it/dev/webhook-secrets/",
    "CLIPIT_WEBHOOK_TARGETS": "public",
    "CLIPIT_DELIVERY_LIMIT": "8",
}


def test_a_whole_environment_is_accepted() -> None:
    settings = from_environment(GIVEN)
    assert (settings.delivery_limit, settings.targets.value) == (8, "public")
    assert settings.secret_prefix == "/clip-it/dev/webhook-secrets"


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({})
    assert [name for name in GIVEN if name not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("CLIPIT_WEBHOOK_TARGETS", "all"), ("CLIPIT_DELIVERY_LIMIT", "0"), ("CLIPIT_DELIVERY_LIMIT", "many")],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        from_environment({**GIVEN, name: value})
