"""The wheels of the reference engine: fetched once, whole or not at all; a script stands for uv."""

from pathlib import Path

import pytest

from components import engine_wheels
from local.toolchain import engine_wheels as fetching

# Leaves a wheel named after the Python that is asked for, in the folder that is named last.
DOWNLOADS = """#!/bin/sh
echo "$@" >> "$0.calls"
for last; do :; done
mkdir -p "$last"
while [ "$1" != --python-version ]; do shift; done
echo wheel > "$last/pillow-$2.whl"
"""
FAILS = """#!/bin/sh
for last; do :; done
mkdir -p "$last" && echo half > "$last/pillow.whl" && exit 3
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "share" / "engine-wheels-new"
    monkeypatch.setattr(engine_wheels, "folder", lambda: made)
    return made


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "uv"
    path.write_text(DOWNLOADS)
    path.chmod(0o755)
    monkeypatch.setattr(fetching, "uv", lambda: path)
    return path


def test_wheels_are_fetched_for_every_python_by_hash_and_once(folder: Path, tool: Path) -> None:
    assert [fetching.main(), fetching.main()] == [0, 0]
    assert {path.stem for path in folder.iterdir()} == {
        f"pillow-{python}" for python in engine_wheels.PYTHONS
    }
    calls = (tool.parent / "uv.calls").read_text().splitlines()
    assert len(calls) == len(engine_wheels.PYTHONS)
    assert all("--require-hashes" in call and "--no-deps" in call for call in calls)


def test_those_of_an_earlier_lock_go(folder: Path, tool: Path) -> None:
    earlier = folder.with_name("engine-wheels-old")
    earlier.mkdir(parents=True)
    fetching.main()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_download_that_fails_is_told_and_leaves_nothing(
    folder: Path, tool: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool.write_text(FAILS)
    assert fetching.main() == 1
    assert "setup: pip ended with code 3" in capsys.readouterr().err
    assert list(folder.parent.iterdir()) == []
