"""The job server's environment: complete and right, or everything that is wrong at once."""

import json

import pytest
from fastapi import FastAPI

from handlers.job_server.__main__ import serving
from handlers.job_server.settings import read
from handlers.jobs.environment import SettingsError
from handlers.jobs.outgoing.webhook_urls import WebhookTargets

GOOD = {
    "CLIPIT_ENVIRONMENT": "dev",
    "AWS_REGION": "eu-central-1",
    "CLIPIT_TABLE": "t",
    "CLIPIT_QUEUE_URLS": json.dumps({"cpu": "https://q"}),
    "CLIPIT_DEFAULT_FLEET": "cpu",
    "CLIPIT_INPUTS_BUCKET": "i",
    "CLIPIT_OUTPUTS_BUCKET": "o",
    "CLIPIT_ATTEMPT_LIMIT": "3",
    "CLIPIT_RETENTION_DAYS": "30",
    "CLIPIT_WEBHOOK_SECRET_PREFIX": "/clip-it/dev/webhook-secrets",
    "CLIPIT_WEBHOOK_TARGETS": "public",
    "CLIPIT_LINKED_ASSETS": "public",
    "CLIPIT_ENGINES": '{"cpu": {"formats": ["mp4"], "features": []}}',
    "CLIPIT_TENANT_QUEUED_LIMIT": "1000",
    "CLIPIT_PORT": "8080",
}


def test_a_complete_environment_is_read() -> None:
    settings = read({**GOOD, "HOME": "/root"})
    assert (settings.queue_urls, settings.port) == ({"cpu": "https://q"}, 8080)
    assert settings.webhook_targets is WebhookTargets.PUBLIC


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        read({})
    for name in GOOD:
        assert f"{name} is missing" in str(raised.value)


@pytest.mark.parametrize(("given", "host"), [({}, "127.0.0.1"), ({"CLIPIT_HOST": "::"}, "::")])
def test_the_server_listens_on_loopback_unless_told_otherwise(given: dict[str, str], host: str) -> None:
    settings = read({**GOOD, **given})
    assert serving(FastAPI(), settings.host, settings.port).host == host


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CLIPIT_HOST", "localhost", "expected an IP address"),
        ("CLIPIT_PORT", "http", "expected a whole number from 1 to 65535"),
        ("CLIPIT_PORT", "0", "expected a whole number from 1 to 65535"),
        ("CLIPIT_ATTEMPT_LIMIT", "-1", "expected a whole number from 1 to 100"),
        ("CLIPIT_RETENTION_DAYS", "٣", "expected a whole number"),
        ("CLIPIT_WEBHOOK_TARGETS", "all", "expected public or any"),
        ("CLIPIT_LINKED_ASSETS", "all", "expected public or none"),
        ("CLIPIT_ENGINES", "mp4", "expected a JSON object of fleets"),
        ("CLIPIT_ENGINES", "[]", "expected a JSON object of fleets"),
        ("CLIPIT_ENGINES", '{"cpu": ["mp4"]}', "expected a JSON object of fleets"),
        ("CLIPIT_QUEUE_URLS", "cpu", "expected a JSON object"),
        ("CLIPIT_QUEUE_URLS", "{}", "at least one"),
        ("CLIPIT_QUEUE_URLS", '{"cpu": 1}', "expected a JSON object"),
        ("CLIPIT_DEFAULT_FLEET", "gpu", "expected one of the fleets in CLIPIT_QUEUE_URLS: cpu"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError, match=name) as raised:
        read({**GOOD, name: value})
    assert told in str(raised.value)
    assert value[:5] in str(raised.value)


def test_several_mistakes_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        read({**GOOD, "CLIPIT_PORT": "x", "CLIPIT_TABLE": "", "CLIPIT_QUEUE_URLS": "x"})
    assert all(name in str(raised.value) for name in ("CLIPIT_PORT", "CLIPIT_TABLE", "CLIPIT_QUEUE_URLS"))
