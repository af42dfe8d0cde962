"""An engine that tries to leave a process behind, in the way that its first argument says.

All its processes have the folder of the run in their command line, so a test can tell who is left. They end
by themselves after a while: a test that fails must not leave them to the machine.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

FOLDER = Path.cwd()
SUBREAPER = 36
SECONDS = 30


def born(act: Callable[[], None]) -> None:
    """A child that does this, and nothing else, until it is ended."""
    if os.fork() == 0:
        with contextlib.suppress(KeyboardInterrupt):
            act()
        os._exit(0)


def daemon(act: Callable[[], None]) -> None:
    """A grandchild in a session of its own, whose parent has gone."""

    def leave() -> None:
        os.setsid()
        born(act)

    born(leave)
    os.wait()


def stay() -> None:
    """In place, and until somebody ends it."""
    (FOLDER / f"in_place.{os.getpid()}").touch()
    time.sleep(SECONDS)


def deaf() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    stay()


def without_environment() -> None:
    """Not even its name says whose child it is: only the folder, for the test."""
    (FOLDER / "in_place").touch()
    os.execve("/bin/sleep", [f"sleep {FOLDER}", str(SECONDS)], {})  # noqa: S606 - that is the way


def stopped() -> None:
    (FOLDER / "in_place").touch()
    os.kill(os.getpid(), signal.SIGSTOP)


def hop() -> None:
    """Never the same process for longer than a moment."""
    (FOLDER / "in_place").touch()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
        os.setsid()


def revive() -> None:
    """Two that watch each other: whoever sees the other dead has a new one."""
    (FOLDER / "in_place").touch()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if other := os.fork():
            os.waitpid(other, 0)
        else:
            os.setsid()
            parent = os.getppid()
            while os.getppid() == parent and time.monotonic() < end:
                time.sleep(0.0005)


def multiply(generations: int = 6) -> None:
    """Each has two children, and all of them go on to have others while they are being ended."""
    (FOLDER / f"in_place.{os.getpid()}").touch()
    for _ in range(2):
        if generations:
            daemon(lambda: multiply(generations - 1))
    time.sleep(SECONDS)


def adopts_orphans_itself() -> None:
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    daemon(deaf)
    time.sleep(SECONDS)


def changes_group() -> None:
    """The engine itself joins its child's group and no longer hears what is said to its own."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if (child := os.fork()) == 0:
        os.setpgid(0, 0)
        stay()
    while not (FOLDER / f"in_place.{child}").exists():
        time.sleep(0.001)
    os.setpgid(0, child)


def leaves_cgroup() -> None:
    """Back to the group of the agent, as long as both are the same user."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        if "cgroup2" in fields:
            own = Path("/proc/self/cgroup").read_text().rpartition("0::/")[2].strip()
            with contextlib.suppress(OSError):
                (Path(fields[4], own).parent / "cgroup.procs").write_text(str(os.getpid()))
    daemon(deaf)


def ends_many() -> None:
    """Orphans that have ended already, which somebody has to bury."""
    for _ in range(30):
        daemon((FOLDER / "in_place").touch)


WAYS: dict[str, Callable[[], None]] = {
    "deaf daemon": lambda: daemon(deaf),
    "daemon of a daemon": lambda: daemon(lambda: daemon(deaf)),
    "without environment": lambda: daemon(without_environment),
    "stopped": lambda: daemon(stopped),
    "hops": lambda: daemon(hop),
    "revives": lambda: daemon(revive),
    "multiplies": lambda: daemon(multiply),
    "adopts orphans itself": lambda: daemon(adopts_orphans_itself),
    "changes its group": changes_group,
    "leaves its cgroup": leaves_cgroup,
    "leaves many dead": ends_many,
}


def say(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main() -> int:
    way, end = sys.argv[1:3]
    WAYS[way]()
    while not list(FOLDER.glob("in_place*")):
        time.sleep(0.001)
    say(event="progress", percent=10, stage="left somebody")
    match end:
        case "hangs":
            time.sleep(SECONDS)
        case "crashes":
            os.kill(os.getpid(), signal.SIGKILL)
        case _:
            say(event="result", duration_s=1, width=2, height=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
