"""`clipit templates` against the server on fakes."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.templates import command
from handlers.job_server.schemas.examples import REQUESTS
from tests.cli.served_api import client_of_fakes


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with client_of_fakes() as client:
        monkeypatch.setattr(command, "from_environment", lambda: nullcontext(client))
        yield


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["templates", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_a_template_is_put_listed_got_and_deleted(tmp_path: Path) -> None:
    definition = tmp_path / "promo.json"
    definition.write_text(json.dumps(REQUESTS["putTemplate"]["promo"]))
    assert run("put", "promo", str(definition), "--if-version", "0") == "promo@1"
    assert run("list").splitlines()[-1].split() == ["promo@1", "A", "price", "in", "large", "letters"]
    assert json.loads(run("get", "promo"))["fields"]["required"] == ["price"]
    assert run("delete", "promo") == "promo deleted"
    assert "promo" not in run("list")
