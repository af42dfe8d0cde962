"""`clipit dashboard` finds the dashboards of one stack, also of the local one, without being told where."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.dashboard import command
from cli.main import app
from local.stack import session

KINDS = ("overview", "api", "renders", "fleet", "cost")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Where the command asks, and for which dashboards."""
    found: dict[str, Any] = {}

    def note(cloudwatch: Any, names: Sequence[str], folder: Path, _: object) -> list[Path]:
        found.update(endpoint=cloudwatch.meta.endpoint_url, names=list(names))
        return [folder / "drawn.png"]

    monkeypatch.setattr(command, "pictures", note)
    return found


def test_it_asks_the_emulator_of_the_local_stack(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    here = session.Session(pid=1, emulator_url="http://127.0.0.1:4567")
    monkeypatch.setattr(session, "find", lambda: here)
    done = CliRunner().invoke(app, ["dashboard", "--stack", "local", "--png", str(tmp_path)])
    assert (done.exit_code, done.output) == (0, f"{tmp_path / 'drawn.png'}\n")
    assert asked["endpoint"] == "http://127.0.0.1:4567"


def test_it_asks_for_the_dashboards_of_this_stack_and_of_no_other(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another stack of the account may be called `dev-2`."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    done = CliRunner().invoke(app, ["dashboard", "--stack", "dev", "--png", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert asked["names"] == [f"clip-it-dev-{kind}-eu-central-1" for kind in KINDS]
