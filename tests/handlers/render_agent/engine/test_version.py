"""An engine that is to be used says its version, and leaves nothing behind when it has."""

import os
import sys
from pathlib import Path

import pytest

from handlers.render_agent.engine.descendants import EngineDescendants
from handlers.render_agent.engine.version import ask_version

FAKE = Path(__file__).parents[1] / "fake_engine.py"


def refusal(script: str, *, seconds: float = 20) -> str | None:
    """Of an engine that is this shell script."""
    return ask_version(["/bin/sh", "-c", script], os.environ, seconds).refusal


def test_an_engine_that_says_its_version_is_not_refused() -> None:
    version = ask_version([sys.executable, str(FAKE)], os.environ)
    assert version.refusal is None
    assert version.containment is not None


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exit 4", "ended with code 4; 0 is expected. It said: nothing"),
        ("echo no license >&2; exit 1", "It said: no license"),
        (r"printf '\033[2J\377\355\240\275'; exit 1", "It said: \ufffd[2J\ufffd"),
        ("exit 0", "said nothing"),
        ("printf '\\000'", None),
        ("kill -9 $$", "ended with code -9"),
    ],
)
def test_what_is_wrong_with_an_engine_is_said_in_words_that_can_be_logged(
    script: str, told: str | None
) -> None:
    found = refusal(script)
    assert told in found if told and found else found is told
    assert (found or "").isprintable()


def test_an_engine_that_is_not_there_is_named() -> None:
    found = ask_version(["clipit-no-such-engine"], os.environ).refusal
    assert found is not None
    assert "clipit-no-such-engine: No such file or directory" in found


def test_an_engine_that_never_ends_is_refused_after_its_time() -> None:
    assert refusal("sleep 600", seconds=0.2) == "'/bin/sh' version did not end within 0.2 s."


def test_a_version_as_large_as_the_disk_is_neither_kept_nor_shown() -> None:
    found = refusal("head -c 20000000 /dev/zero | tr '\\\\0' x; exit 1")
    assert found is not None
    assert len(found) < 300


def test_an_engine_that_leaves_somebody_already_here_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EngineDescendants, "end", lambda _: 1)
    assert refusal("echo 1.0") == "'/bin/sh' version left 1 processes that cannot be ended."


def test_a_daemon_of_the_first_run_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    assert (
        refusal(f"setsid sh -c 'echo $$ > {note}; exec sleep 600' & until [ -s {note} ]; do :; done; echo 1")
        is None
    )
    assert not Path(f"/proc/{note.read_text().strip()}").exists()
