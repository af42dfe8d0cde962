"""API keys on emulated tables and parameters."""

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
from tests.job_table import create_table

TABLE, PREFIX = "clip-it-test-jobs", "/clip-it/test/webhook-secrets"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CLIPIT_TABLE", TABLE)
    monkeypatch.setenv("CLIPIT_WEBHOOK_SECRET_PREFIX", PREFIX)
    with emulated(monkeypatch):
        create_table(boto3.client("dynamodb", REGION), TABLE)
        yield


@pytest.fixture
def clipit() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(app, ["keys", *arguments])


def tenant_of(key: str) -> str | None:
    owner = ApiKeys(connect(TABLE, REGION)).owner_of(key)
    return owner.tenant if owner else None


def test_a_created_key_belongs_to_its_tenant(clipit: Callable[..., Result]) -> None:
    created = json.loads(clipit("create", "acme", "--json").stdout)
    assert tenant_of(created["key"]) == "acme"


def test_a_test_key_belongs_to_the_tenants_test_space(clipit: Callable[..., Result]) -> None:
    clipit("create", "acme")
    created = json.loads(clipit("create", "acme", "--test", "--json").stdout)
    assert created["key"].startswith("ck_test_")
    assert tenant_of(created["key"]) == "test--acme"
    assert created["webhook_secret"].startswith("whsec_")
    listed = json.loads(clipit("list", "acme", "--json").stdout)["keys"]
    assert [one["test"] for one in listed] == [False, True]


@pytest.mark.parametrize("arguments", [["test--acme"], ["test--acme", "--test"], ["a" * 60, "--test"]])
def test_a_name_that_has_no_test_space_is_refused(
    clipit: Callable[..., Result], arguments: list[str]
) -> None:
    assert clipit("create", *arguments).exit_code != Exit.OK


def test_the_key_itself_is_stored_nowhere(clipit: Callable[..., Result]) -> None:
    key = clipit("create", "acme", "--quiet").stdout.strip()
    assert tenant_of(key) == "acme"
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


def test_a_quiet_creation_prints_the_key_alone_and_says_what_else_there_is(
    clipit: Callable[..., Result],
) -> None:
    created = clipit("create", "acme", "--quiet")
    key_id, secret = created.stderr.splitlines()
    assert created.stdout.startswith("ck_")
    assert created.stdout.count("\n") == 1
    assert "clipit webhooks secret show acme" in secret
    assert clipit("revoke", key_id.removeprefix("id ")).exit_code == Exit.OK
    assert tenant_of(created.stdout.strip()) is None
    assert len(clipit("create", "acme", "--quiet").stderr.splitlines()) == 1


def test_two_ways_of_printing_are_refused_before_a_key_is_made(clipit: Callable[..., Result]) -> None:
    assert clipit("create", "acme", "--quiet", "--json").exit_code == Exit.USAGE
    assert clipit("list", "acme").stdout == ""


def test_a_secret_that_cannot_be_made_leaves_no_key_that_nobody_has_seen(
    clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPIT_WEBHOOK_SECRET_PREFIX", "/aws")  # a prefix that SSM reserves
    assert clipit("create", "acme").exit_code == Exit.FAILED
    assert boto3.client("dynamodb", REGION).scan(TableName=TABLE)["Items"] == []


def test_the_keys_of_a_tenant_are_listed_by_their_ids_without_the_keys(
    clipit: Callable[..., Result],
) -> None:
    first, second = (json.loads(clipit("create", "acme", "--json").stdout) for _ in range(2))
    other = json.loads(clipit("create", "other", "--json").stdout)
    clipit("revoke", first["id"])
    listed = clipit("list", "acme")
    rows = {line.split()[0]: line.split()[3] for line in listed.stdout.splitlines()}
    assert rows == {first["id"]: "revoked", second["id"]: "valid"}
    assert not {first["key"], second["key"], other["id"]} & set(listed.stdout.split())
    found = json.loads(clipit("list", "acme", "--json").stdout)["keys"]
    assert {one["id"]: one["revoked_at"] is None for one in found} == {first["id"]: False, second["id"]: True}
    assert all(one["created_at"].endswith("Z") for one in found)


def test_a_tenant_without_keys_has_an_empty_list(clipit: Callable[..., Result]) -> None:
    listed = clipit("list", "nobody")
    assert (listed.exit_code, listed.stdout, listed.stderr) == (Exit.OK, "", "nobody has no keys\n")


def test_whoever_lists_or_revokes_needs_to_know_nothing_of_secrets(
    clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id = json.loads(clipit("create", "acme", "--json").stdout)["id"]
    monkeypatch.delenv("CLIPIT_WEBHOOK_SECRET_PREFIX")
    assert key_id in clipit("list", "acme").stdout
    assert clipit("revoke", key_id).exit_code == Exit.OK
    assert "CLIPIT_WEBHOOK_SECRET_PREFIX is missing" in clipit("create", "acme").stderr


def test_an_unknown_key_cannot_be_revoked(clipit: Callable[..., Result]) -> None:
    result = clipit("revoke", "0" * 64)
    assert result.exit_code == Exit.FAILED
    assert "There is no key with the id" in result.stderr


def test_a_key_on_the_command_line_is_refused(clipit: Callable[..., Result]) -> None:
    result = clipit("revoke", "ck_secret")
    assert result.exit_code == Exit.FAILED
    assert "give its id" in result.stderr


def test_a_tenant_name_that_cannot_be_used_makes_nothing(clipit: Callable[..., Result]) -> None:
    refused = clipit("create", "Acme & Co")
    assert refused.exit_code == Exit.USAGE
    assert "lower-case letters" in " ".join(refused.stderr.replace("│", " ").split())
    assert boto3.client("dynamodb", REGION).scan(TableName=TABLE)["Items"] == []


@pytest.mark.parametrize("arguments", [("create", "acme"), ("list", "acme"), ("revoke", "abc")])
def test_a_table_that_is_not_there_is_a_problem_in_words(
    clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CLIPIT_TABLE", "elsewhere")
    result = clipit(*arguments)
    assert result.exit_code == Exit.FAILED
    assert "ResourceNotFoundException" in result.stderr


def test_a_limited_key_says_so_itself_and_in_the_list(clipit: Callable[..., Result]) -> None:
    created = json.loads(clipit("create", "acme", "--scope", "read", "--json").stdout)
    assert created["scope"] == "read"
    assert created["key"].startswith("ck_read_")
    clipit("create", "acme", "--quiet")
    listed = json.loads(clipit("list", "acme", "--json").stdout)["keys"]
    assert {one["id"]: one["scope"] for one in listed}[created["id"]] == "read"
    assert sorted(one["scope"] for one in listed) == ["admin", "read"]
    assert clipit("create", "acme", "--scope", "root").exit_code == Exit.USAGE
