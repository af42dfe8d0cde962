"""One stack a checkout: how it is found, and that nobody else is taken for it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.exits import CommandError, Exit
from cli.local import stack
from cli.main import app
from local.processes import children
from local.stack import session
from local.stack.session import Session, TakenError

WANTED = stack.Wanted(deploy=False, port=0, emulator_port=0)


@pytest.fixture(autouse=True)
def checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A state folder of this test's own."""
    monkeypatch.setattr(session, "_FILE", tmp_path / "session.json")
    monkeypatch.setattr(session, "_LOCK", tmp_path / "local.lock", raising=False)
    monkeypatch.setattr(session, "LOG", tmp_path / "local.log")
    return tmp_path


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def kept_by(process: int, birth: str) -> Session:
    return Session(pid=process, birth=birth, emulator_url="http://127.0.0.1:1")


def test_a_kept_stack_is_found_by_its_process() -> None:
    session.save(kept_by(os.getpid(), children.birth(os.getpid())))
    found = session.find()
    assert found
    assert found.pid == os.getpid()


def test_going_down_ends_the_process_that_keeps_the_stack(sleeper: subprocess.Popen[bytes]) -> None:
    session.save(kept_by(sleeper.pid, children.birth(sleeper.pid)))
    assert stack.down()
    assert sleeper.wait(timeout=10) < 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc tells when a process began")
@pytest.mark.parametrize("said", [{}, {"birth": "before-the-restart 4711"}], ids=["nothing", "another"])
def test_going_down_spares_a_stranger_under_the_number_of_a_stack_long_gone(
    sleeper: subprocess.Popen[bytes], checkout: Path, said: dict[str, str]
) -> None:
    kept = {**asdict(kept_by(sleeper.pid, "")), **said}
    if not said:
        del kept["birth"]
    (checkout / "session.json").write_text(json.dumps(kept))
    assert not stack.down()
    assert sleeper.poll() is None


def test_a_process_has_one_birth_and_the_dead_have_none(sleeper: subprocess.Popen[bytes]) -> None:
    assert children.birth(sleeper.pid) == children.birth(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert children.birth(sleeper.pid) == ""


def test_a_second_stack_is_kept_out_while_the_first_is_still_starting() -> None:
    with session.alone(), pytest.raises(CommandError, match=f"process {os.getpid()}") as refused:
        stack.up(WANTED, as_json=True)
    assert refused.value.code is Exit.FAILED


def test_a_second_stack_in_the_background_leaves_the_log_of_the_first_alone() -> None:
    session.LOG.write_text("of the first")
    with session.alone(), pytest.raises(CommandError, match=f"process {os.getpid()}"):
        stack.up_in_background(WANTED)
    assert session.LOG.read_text() == "of the first"


def test_going_down_tells_of_a_stack_that_is_just_starting() -> None:
    with session.alone():
        result = CliRunner().invoke(app, ["local", "down"])
    assert result.exit_code == Exit.FAILED
    assert f"process {os.getpid()}" in result.stderr
    assert not stack.down()


def test_the_next_stack_may_come_once_the_first_is_gone() -> None:
    with session.alone():
        pass
    with session.alone(), pytest.raises(TakenError), session.alone():
        pass
