"""Nothing is left behind: processes, ports and folders of a run, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.processes import children as processes
from local.processes.reaper import Reaper
from local.stack.runner import LocalStack, Options, StackError, running

Eventually = Callable[[Callable[[], bool]], None]
ENVIRONMENT = {"PATH": os.environ["PATH"]}

# Ignores the polite signal, and has a child that left its group: as a plugin of the Pulumi CLI does.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("ready", flush=True)
time.sleep(600)
"""


def spawn_stubborn(run: str, folder: Path) -> subprocess.Popen[bytes]:
    process = processes.spawn(
        [sys.executable, "-c", STUBBORN], run=run, env=ENVIRONMENT, cwd=folder, stdout=subprocess.PIPE
    )
    assert process.stdout
    with process.stdout:
        assert process.stdout.readline() == b"ready\n"
    return process


def test_ending_a_run_ends_also_who_ignores_signals_and_who_left_the_group(
    run: str, tmp_path: Path, eventually: Eventually
) -> None:
    process = spawn_stubborn(run, tmp_path)
    # Whoever starts a process goes on a moment before its environment can be read.
    eventually(lambda: len(processes.marked(run)) == 2)
    processes.end_run(run, [process.pid], deadline_s=0.3)
    process.wait()
    assert processes.marked(run) == set()


def test_ending_a_process_ends_its_group_and_reaps_it(run: str, tmp_path: Path) -> None:
    command = ["sh", "-c", "sleep 600 & wait"]
    process = processes.spawn(command, run=run, env=ENVIRONMENT, cwd=tmp_path)
    processes.end(process, deadline_s=2.0)
    assert process.returncode is not None
    assert processes.marked(run) == set()


def test_an_emulator_that_hangs_is_stopped_and_goes_on(
    run: str, tmp_path: Path, eventually: Eventually
) -> None:
    stack = LocalStack(run=run)
    with pytest.raises(StackError, match="has not been started"), stack.hanging():
        pass
    emulator = processes.spawn(["sleep", "600"], run=run, env=ENVIRONMENT, cwd=tmp_path)

    def state() -> str:
        return Path(f"/proc/{emulator.pid}/stat").read_text().rpartition(") ")[2][0]

    stack._emulator = emulator
    with stack.hanging():
        eventually(lambda: state() == "T")
    eventually(lambda: state() == "S")
    processes.end(emulator, deadline_s=2.0)


def test_two_runs_do_not_see_each_other(run: str, tmp_path: Path, eventually: Eventually) -> None:
    other = f"{run}-other"
    mine = processes.spawn(["sleep", "600"], run=run, env=ENVIRONMENT, cwd=tmp_path)
    theirs = processes.spawn(["sleep", "600"], run=other, env=ENVIRONMENT, cwd=tmp_path)
    eventually(lambda: processes.marked(other) == {theirs.pid})
    processes.end_run(run, [mine.pid], deadline_s=1.0)
    mine.wait()
    assert processes.marked(other) == {theirs.pid}
    processes.end(theirs, deadline_s=1.0)


def test_the_reaper_ends_everything_when_its_pipe_ends(
    run: str, tmp_path: Path, eventually: Eventually
) -> None:
    folder = tmp_path / "stack"
    folder.mkdir()
    process = spawn_stubborn(run, tmp_path)
    Reaper(run, folder).dismiss()
    process.wait()
    assert processes.marked(run) == set()
    assert not folder.exists()


@pytest.fixture
def quiet_stack(recorder: object) -> Iterator[LocalStack]:
    """A stack with its emulator and nothing deployed."""
    stack = LocalStack()
    stack.start()
    yield stack
    stack.close()


def listening(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def test_closing_a_stack_leaves_no_process_no_port_and_no_folder(quiet_stack: LocalStack) -> None:
    url, folder = quiet_stack.connection.endpoint, quiet_stack.folder
    assert quiet_stack.connection.ec2().describe_vpcs()["Vpcs"]
    quiet_stack.close()
    assert processes.marked(quiet_stack.run) == set()
    assert not listening(url)
    assert not folder.exists()


def emulators(run: str) -> list[int]:
    lines = {process: Path(f"/proc/{process}/cmdline").read_bytes() for process in processes.marked(run)}
    return [process for process, line in lines.items() if b"local.emulator" in line]


def test_an_emulator_that_dies_is_noticed_with_its_log(
    quiet_stack: LocalStack, eventually: Eventually
) -> None:
    eventually(lambda: len(emulators(quiet_stack.run)) == 1)
    os.kill(emulators(quiet_stack.run)[0], signal.SIGKILL)
    with pytest.raises(StackError, match="The emulator ended with code -9"):
        quiet_stack.wait_for("nothing", lambda: False, deadline_s=10)


@pytest.mark.parametrize("which", ["api_port", "emulator_port"])
def test_a_port_in_use_is_refused_before_anything_is_started(which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = Options(**{which: port})
        refused = pytest.raises(StackError, match=f"Port {port} cannot be used.*Choose another one")
        with refused, running(options, lambda _: None):
            pass


RUNNER = """
import sys, time
from local.stack.runner import Options, running
from local.processes import children as processes
with running(Options(), lambda _: None) as stack:
    print(stack.run, stack.folder, stack.connection.endpoint, flush=True)
    time.sleep(600)
"""


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda n: n.name
)
def test_a_runner_that_is_ended_by_a_signal_leaves_nothing(
    number: signal.Signals, eventually: Eventually
) -> None:
    runner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUNNER)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert runner.stdout
    with runner.stdout:
        run, folder, url = runner.stdout.readline().split()
    eventually(lambda: bool(processes.marked(run)))
    runner.send_signal(number)
    runner.wait()
    eventually(lambda: not processes.marked(run))
    eventually(lambda: not Path(folder).exists())
    assert not listening(url)


def test_children_end_by_themselves_when_runner_and_reaper_are_both_killed(eventually: Eventually) -> None:
    runner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUNNER)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert runner.stdout
    with runner.stdout:
        run, folder, _ = runner.stdout.readline().split()
    children = [
        int(pid) for pid in Path(f"/proc/{runner.pid}/task/{runner.pid}/children").read_text().split()
    ]
    (reaper,) = [
        pid for pid in children if b"local.processes.reaper" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(reaper, signal.SIGKILL)
    runner.kill()
    runner.wait()
    eventually(lambda: not processes.marked(run))
    subprocess.run(["rm", "-r", folder], check=True)
