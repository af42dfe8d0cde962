"""Processes are killed by what their command lines have in them, whatever their environment."""

import signal
import subprocess
import sys
import uuid

from local.processes import children

NAP = "import time; time.sleep(30)"


def nap(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", NAP, *words], env={})


def test_those_are_killed_whose_command_line_has_every_part() -> None:
    folder = uuid.uuid4().hex
    mine, other = nap("render", folder), nap("--version", folder)
    try:
        while not children.signal_having(signal.SIGKILL, b"\0render\0", folder.encode()):
            assert mine.poll() is None
        assert mine.wait(10) < 0
        assert other.poll() is None
    finally:
        for process in (mine, other):
            process.kill()
            process.wait()


def test_the_processes_of_a_group_are_found_by_its_leader() -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {NAP!r}])"],
        env={},
        start_new_session=True,
    )
    try:
        while len(children.in_groups([leader.pid])) < 2:
            assert leader.poll() is None
        assert leader.pid in children.in_groups([leader.pid])
        assert children.in_groups([]) == set()
    finally:
        children.signal_group(leader.pid, signal.SIGKILL)
        leader.wait()
