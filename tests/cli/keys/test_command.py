"""API keys and webhook secrets on emulated tables and parameters."""

import json
from collections.abc import Callable, Iterator

import boto3
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from handlers.jobs.store.api_keys import ApiKeys
from handlers.jobs.store.table import connect
from tests.aws import REGION, emulated

TABLE, PREFIX = "clip-it-test-jobs", "/clip-it/test/webhook-secrets"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CLIPIT_TABLE", TABLE)
    monkeypatch.setenv("CLIPIT_WEBHOOK_SECRET_PREFIX", PREFIX)
    with emulated(monkeypatch):
        boto3.client("dynamodb", REGION).create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield


@pytest.fixture
def clipit() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(app, ["keys", *arguments])


def tenant_of(key: str) -> str | None:
    return ApiKeys(connect(TABLE, REGION)).tenant_of(key)


def test_a_created_key_belongs_to_its_tenant(clipit: Callable[..., Result]) -> None:
    created = json.loads(clipit("create", "acme", "--json").stdout)
    assert tenant_of(created["key"]) == "acme"


def test_the_key_itself_is_stored_nowhere(clipit: Callable[..., Result]) -> None:
    key = clipit("create", "acme", "--quiet").stdout.strip()
    stored = boto3.client("dynamodb", REGION).scan(TableName=TABLE)["Items"]
    assert stored
    assert key not in json.dumps(stored)


def test_the_first_key_of_a_tenant_comes_with_a_webhook_secret(clipit: Callable[..., Result]) -> None:
    secret = json.loads(clipit("create", "acme", "--json").stdout)["webhook_secret"]
    stored = boto3.client("ssm", REGION).get_parameter(Name=f"{PREFIX}/acme", WithDecryption=True)[
        "Parameter"
    ]
    assert secret.startswith("whsec_")
    assert (stored["Value"], stored["Type"]) == (secret, "SecureString")


def test_a_second_key_leaves_the_webhook_secret_as_it_is(clipit: Callable[..., Result]) -> None:
    clipit("create", "acme")
    ssm = boto3.client("ssm", REGION)
    before = ssm.get_parameter(Name=f"{PREFIX}/acme", WithDecryption=True)["Parameter"]["Value"]
    assert json.loads(clipit("create", "acme", "--json").stdout)["webhook_secret"] is None
    assert ssm.get_parameter(Name=f"{PREFIX}/acme", WithDecryption=True)["Parameter"]["Value"] == before


def test_a_revoked_key_belongs_to_nobody(clipit: Callable[..., Result]) -> None:
    created = json.loads(clipit("create", "acme", "--json").stdout)
    assert clipit("revoke", created["id"]).exit_code == Exit.OK
    assert tenant_of(created["key"]) is None


def test_an_unknown_key_cannot_be_revoked(clipit: Callable[..., Result]) -> None:
    result = clipit("revoke", "0" * 64)
    assert result.exit_code == Exit.FAILED
    assert "There is no key with the id" in result.stderr


def test_a_key_on_the_command_line_is_refused(clipit: Callable[..., Result]) -> None:
    result = clipit("revoke", "ck_secret")
    assert result.exit_code == Exit.FAILED
    assert "give its id" in result.stderr


def test_a_tenant_name_that_cannot_be_used_makes_nothing(clipit: Callable[..., Result]) -> None:
    assert clipit("create", "Acme & Co").exit_code == Exit.FAILED
    assert boto3.client("dynamodb", REGION).scan(TableName=TABLE)["Items"] == []


@pytest.mark.parametrize("arguments", [("create", "acme"), ("revoke", "abc")])
def test_a_table_that_is_not_there_is_a_problem_in_words(
    clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CLIPIT_TABLE", "elsewhere")
    result = clipit(*arguments)
    assert result.exit_code == Exit.FAILED
    assert "keys: " in result.stderr
    assert "ResourceNotFoundException" in result.stderr


def test_all_missing_variables_are_named_at_once(
    clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLIPIT_TABLE")
    monkeypatch.delenv("CLIPIT_WEBHOOK_SECRET_PREFIX")
    result = clipit("create", "acme")
    assert result.exit_code == Exit.FAILED
    assert "Set CLIPIT_TABLE, CLIPIT_WEBHOOK_SECRET_PREFIX in the environment" in result.stderr
