"""Webhook secrets on emulated parameters, and the signatures that the notifier makes with them."""

import json
import time
from collections.abc import Callable, Iterator

import boto3
import pytest
from click.testing import Result
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from handlers.notifier.aws import SsmSecrets
from handlers.notifier.signing import signed_headers
from tests.aws import REGION, emulated

PREFIX = "/clip-it/test/webhook-secrets"
BODY = '{"type": "render.succeeded"}'


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CLIPIT_WEBHOOK_SECRET_PREFIX", PREFIX)
    with emulated(monkeypatch):
        yield


@pytest.fixture
def clipit() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(app, ["webhooks", "secret", *arguments])


@pytest.fixture
def accepts() -> Callable[[str], bool]:
    """Whether a receiver that knows this secret takes what the notifier signs now."""

    def accepts(secret: str) -> bool:
        stored = SsmSecrets(boto3.client("ssm", REGION), PREFIX).of("acme")
        headers = signed_headers(stored or "", message_id="msg_1", timestamp=int(time.time()), body=BODY)
        try:
            Webhook(secret).verify(BODY, headers)
        except WebhookVerificationError:
            return False
        return True

    return accepts


def test_the_first_rotation_makes_the_secret_which_can_be_shown_again(clipit: Callable[..., Result]) -> None:
    secret = clipit("rotate", "acme").stdout.strip()
    assert secret.startswith("whsec_")
    assert clipit("show", "acme").stdout.strip() == secret
    stored = boto3.client("ssm", REGION).get_parameter(Name=f"{PREFIX}/acme")["Parameter"]
    assert stored["Type"] == "SecureString"


def test_during_a_rotation_a_receiver_may_know_either_secret(
    clipit: Callable[..., Result], accepts: Callable[[str], bool]
) -> None:
    old = clipit("rotate", "acme").stdout.strip()
    new = clipit("rotate", "acme").stdout.strip()
    assert clipit("show", "acme").stdout.split() == [new, old]
    assert accepts(old)
    assert accepts(new)
    assert clipit("retire", "acme").stdout == "1 retired\n"
    assert not accepts(old)
    assert accepts(new)


def test_a_third_secret_is_refused_until_the_first_is_retired(clipit: Callable[..., Result]) -> None:
    for _ in range(2):
        clipit("rotate", "acme")
    before = clipit("show", "acme").stdout
    refused = clipit("rotate", "acme")
    assert refused.exit_code == Exit.REFUSED
    assert "clipit webhooks secret retire acme" in refused.stderr
    assert clipit("show", "acme").stdout == before


def test_who_has_a_first_secret_has_none_to_end(clipit: Callable[..., Result]) -> None:
    assert "retire" not in clipit("rotate", "acme").stderr
    assert "clipit webhooks secret retire acme" in clipit("rotate", "acme").stderr


def test_the_only_secret_cannot_be_retired(clipit: Callable[..., Result]) -> None:
    clipit("rotate", "acme")
    assert clipit("retire", "acme").exit_code == Exit.REFUSED
    assert clipit("show", "acme").stdout.startswith("whsec_")


@pytest.mark.parametrize("command", ["show", "retire"])
def test_a_tenant_without_a_secret_is_told_how_to_get_one(
    clipit: Callable[..., Result], command: str
) -> None:
    result = clipit(command, "acme")
    assert result.exit_code == Exit.FAILED
    assert "clipit webhooks secret rotate acme" in result.stderr


def test_a_tenants_name_is_no_path(clipit: Callable[..., Result]) -> None:
    assert clipit("show", "../acme").exit_code == Exit.USAGE


def test_each_command_prints_json_when_asked(clipit: Callable[..., Result]) -> None:
    first = json.loads(clipit("rotate", "acme", "--json").stdout)["secret"]
    second = json.loads(clipit("rotate", "acme", "--json").stdout)["secret"]
    assert json.loads(clipit("show", "acme", "--json").stdout)["secrets"] == [second, first]
    assert json.loads(clipit("retire", "acme", "--json").stdout)["retired"] == 1
