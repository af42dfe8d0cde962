"""`clipit endpoints` against the server on fakes."""

import json
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.endpoints import command
from cli.exits import Exit
from cli.main import app
from tests.cli.served_api import client_of_fakes

URL = "https://example.com/hooks"


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with client_of_fakes() as client:
        monkeypatch.setattr(command, "from_environment", lambda: nullcontext(client))
        yield


def run(*arguments: str, code: int = Exit.OK) -> Result:
    result = CliRunner().invoke(app, ["endpoints", *arguments])
    assert result.exit_code == code, result.output
    return result


def created(*arguments: str) -> str:
    return run("create", URL, *arguments).stdout.split()[0]


def test_an_endpoint_is_created_with_its_secret_listed_and_deleted() -> None:
    made = run("create", URL, "--event", "render.failed")
    endpoint, secret = made.stdout.split()
    assert secret.startswith("whsec_")
    assert "not shown again" in made.stderr
    assert run("list").stdout.split() == [endpoint, "enabled", "render.failed", URL]
    assert run("delete", endpoint).stdout == f"{endpoint} deleted\n"
    assert run("list").stdout == ""


def test_a_rotation_shows_the_new_secret_and_a_second_one_is_refused() -> None:
    endpoint = created()
    assert run("rotate-secret", endpoint).stdout.split()[1].startswith("whsec_")
    run("rotate-secret", endpoint, code=1)


def test_a_test_prints_the_id_of_its_webhook() -> None:
    assert json.loads(run("test", created(), "--json").stdout).keys() == {"webhook_id"}


def test_an_endpoint_is_disabled_and_enabled() -> None:
    endpoint = created()
    assert "disabled (requested)" in run("change", endpoint, "--disable").stdout
    assert json.loads(run("change", endpoint, "--enable", "--json").stdout)["enabled"] is True
    refused = run("change", endpoint, code=Exit.USAGE)
    assert "at least one of" in refused.output
