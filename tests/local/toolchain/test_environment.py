"""The set-up of the virtual environment: what it cannot have is told in words, and nothing is left behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.toolchain import environment
from local.toolchain.environment import SetupError

NOWHERE = "/proc/nowhere"


@pytest.fixture
def without_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(
    without_uv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", NOWHERE)
    with pytest.raises(SetupError, match=rf"{NOWHERE}/clip-it cannot be used .*XDG_CACHE_HOME"):
        environment.uv()


@pytest.mark.long
def test_a_uv_that_cannot_be_had_leaves_nothing_in_the_cache(
    without_uv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SetupError, match="could not install uv"):
        environment.uv()
    assert list((without_uv / "clip-it").iterdir()) == []


def test_the_command_says_so_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, environment.__file__],
        env={"PATH": str(tmp_path), "XDG_CACHE_HOME": NOWHERE},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("setup: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_relative_cache_folder_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for stated in ("relative/cache", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", stated)
        assert environment.cache_folder() == tmp_path / ".cache" / "clip-it"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert environment.cache_folder() == tmp_path / "cache" / "clip-it"
