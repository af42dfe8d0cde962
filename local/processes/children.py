"""Child processes of a local stack: each marked with its run, so that all of them can be found and ended."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

RUN_MARK = "LOCAL_STACK_RUN"
"""Environment variable that every process of a run inherits; its value names the run."""

_PARENT = "LOCAL_STACK_PARENT"
"""Environment variable with the starter's process id: whoever asks only once it runs may ask too late."""

_PROC = Path("/proc")
_START = 19
_POLL_S = 0.05
_KILL_DEADLINE_S = 10.0
"""Nobody survives SIGKILL, but on a busy machine it takes its time."""
_PARENT_POLL_S = 0.5


def spawn(  # noqa: PLR0913 - the ways in and out of a process are many
    command: Sequence[str | Path],
    *,
    run: str,
    env: Mapping[str, str],
    cwd: Path,
    log: Path | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process as the leader of its own group, marked with the run, its errors in a log."""
    sink: IO[bytes] | int = subprocess.DEVNULL if log is None else log.open("ab")
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            env={**env, RUN_MARK: run, _PARENT: str(os.getpid())},
            cwd=cwd,
            stdin=stdin,
            stdout=sink if stdout is None else stdout,
            stderr=sink,
            start_new_session=True,
            pass_fds=pass_fds,
        )
    finally:
        if not isinstance(sink, int):
            sink.close()


def marked(run: str) -> set[int]:
    """All live processes of a run, whatever group or parent they have now (none where /proc is absent)."""
    wanted = f"{RUN_MARK}={run}".encode()
    found = set[int]()
    if not _PROC.is_dir():
        return found
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and wanted in _environment(entry).split(b"\0"):
            found.add(int(entry.name))
    return found - {os.getpid()}


def having(*parts: bytes) -> set[int]:
    """The processes whose command line has all of these in it.

    For those that carry no mark, such as an engine, whose environment is its own. A zero byte ends each word.
    """
    found = set[int]()
    for entry in _PROC.iterdir() if _PROC.is_dir() else ():
        with contextlib.suppress(OSError, ValueError):
            command = (entry / "cmdline").read_bytes()
            if all(part in command for part in parts):
                found.add(int(entry.name))
    return found


def signal_having(number: signal.Signals, *parts: bytes) -> int:
    """Send a signal to the processes of `having`; gives their number."""
    found = having(*parts)
    for process in found:
        _signal(process, number)
    return len(found)


def in_groups(leaders: Iterable[int]) -> set[int]:
    """The processes of some groups, given by their leaders."""
    wanted, found = set(leaders), set[int]()
    for entry in _PROC.iterdir() if _PROC.is_dir() else ():
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit() and os.getpgid(int(entry.name)) in wanted:
                found.add(int(entry.name))
    return found


def _environment(process: Path) -> bytes:
    """The environment that a process was started with; empty for strangers, zombies and the dead."""
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def birth(process: int) -> str:
    """When a process began, across restarts of the machine; empty for the dead and where /proc is absent."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        # The name, in parentheses, may hold anything; the state follows it, and the start 19 fields later.
        state, *further = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in "ZX" else f"{boot} {further[_START - 1]}"


def end(process: subprocess.Popen[bytes], *, deadline_s: float) -> None:
    """Ask a process and its group to end, insist after the patience is used up, and reap it."""

    def alive() -> bool:
        return process.poll() is None or _group_lives(process.pid)

    for number, seconds in ((signal.SIGTERM, deadline_s), (signal.SIGKILL, _KILL_DEADLINE_S)):
        signal_group(process.pid, number)
        if _gone(alive, seconds):
            return


def end_run(run: str, groups: Iterable[int], *, deadline_s: float) -> None:
    """End every process of a run: its known groups, and by its mark whoever left them."""
    groups = list(groups)

    def alive() -> bool:
        return bool(marked(run)) if _PROC.is_dir() else any(_group_lives(group) for group in groups)

    for number, seconds in ((signal.SIGTERM, deadline_s), (signal.SIGKILL, _KILL_DEADLINE_S)):
        for group in groups:
            signal_group(group, number)
        for process in marked(run):
            _signal(process, number)
        if _gone(alive, seconds):
            return


def signal_group(leader: int, number: signal.Signals) -> None:
    """Signal a process group; nothing happens when nobody is left in it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def exit_with_parent() -> None:
    """End this process when its parent is gone, so that nothing outlives a killed runner."""
    parent = int(os.environ.get(_PARENT, os.getppid()))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_POLL_S)
        signal_group(os.getpgrp(), signal.SIGTERM)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this project with the interpreter at hand."""
    return [sys.executable, "-m", module, *arguments]


def _gone(alive: Callable[[], bool], deadline_s: float) -> bool:
    deadline = time.monotonic() + deadline_s
    while alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _signal(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)
