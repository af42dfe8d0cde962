"""A step that fails in a way that nobody foresaw is said and noted like any other."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from handlers.render_agent.bootstrap import __main__ as bootstrap
from handlers.render_agent.bootstrap import failures, health


def test_an_unforeseen_failure_of_a_step_is_noted_for_operators_and_customers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    noted: list[str] = []

    def full_disk(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    def record(_environment: Mapping[str, str], words: str) -> None:
        noted.append(words)

    (tmp_path / "agent.env").write_text("CLIPIT_FLEET=cpu\n")
    monkeypatch.setattr(sys, "argv", ["bootstrap", "health", "--root", str(tmp_path)])
    monkeypatch.setattr(health, "wait", full_disk)
    monkeypatch.setattr(failures, "record", record)

    assert bootstrap.main() == 1

    assert noted == ["health: OSError: [Errno 28] No space left on device"]
    assert noted[0] in capsys.readouterr().err
