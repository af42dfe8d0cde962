"""Waits until the agent serves: its health file is fresh, and one process has kept it so for two heartbeats.

A log survives restarts and a process that lives proves nothing; neither does a file that each life of an
agent in a crash loop writes again.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from handlers.jobs.foreign.foreign_text import printable
from handlers.render_agent.bootstrap.steps import BootError, Folders
from handlers.render_agent.workspace import HEALTH_FILE

SECONDS_TO_REGISTER = 40.0
STALE_HEARTBEATS = 3
STABLE_HEARTBEATS = 2
LOOK_SECONDS = 0.2
LAST_LINES = 20
LONGEST_LINE = 300
UNIT = "clip-it-agent"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The agent from outside: the process that runs it now, None between two, and its health file."""

    process: Callable[[], int | None]
    health: Path
    heartbeat_seconds: float
    now: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep

    def age(self) -> float | None:
        """Seconds since the last heartbeat that was heard; None when there was none."""
        try:
            return self.now() - self.health.stat().st_mtime
        except FileNotFoundError:
            return None

    def is_fresh(self) -> bool:
        """The last heartbeat is not so long ago that the scaler takes the worker for dead."""
        age = self.age()
        return age is not None and age < STALE_HEARTBEATS * self.heartbeat_seconds


def check(watched: Watched) -> None:
    """Return when one process has kept the file fresh for two heartbeats.

    Raises:
        BootError: it ended, was started again, or did not register in time.
    """
    began = watched.now()
    while not watched.is_fresh():
        if watched.process() is None:
            raise BootError("the agent ended before it had registered")
        if watched.now() - began > SECONDS_TO_REGISTER:
            raise BootError(f"the agent has not registered within {SECONDS_TO_REGISTER:.0f} s")
        watched.pause(LOOK_SECONDS)
    first, since = watched.process(), watched.now()
    while watched.now() - since < STABLE_HEARTBEATS * watched.heartbeat_seconds:
        if first is None or watched.process() != first:
            raise BootError("the agent ended after it had registered")
        watched.pause(LOOK_SECONDS)
    if not watched.is_fresh():
        raise BootError("the agent's heartbeat is no longer heard")


def wait(folders: Folders, environment: Mapping[str, str]) -> None:
    """Check the agent of this instance; what it said last goes to standard error when it does not serve.

    Raises:
        BootError: with its last line.
    """
    supervised = folders.supervisor.read_text(encoding="utf-8").strip() == "systemd"
    watched = Watched(
        process=_main_process if supervised else lambda: _background_process(folders.pid),
        health=folders.root / "work" / HEALTH_FILE,
        heartbeat_seconds=float(environment["CLIPIT_HEARTBEAT_SECONDS"]),
    )
    try:
        check(watched)
    except BootError as problem:
        lines = folders.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        last = printable(lines[-1], LONGEST_LINE) if lines else "nothing"
        raise BootError(f"{problem}; it said last: {last}") from problem


def _main_process() -> int | None:
    shown = subprocess.run(
        ["systemctl", "show", "--property=MainPID", "--value", UNIT],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return int(shown.stdout.strip() or 0) or None


def _background_process(file: Path) -> int | None:
    """The process, unless it has ended and nobody has collected it."""
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", file.read_text(encoding="utf-8").strip()],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    state = shown.stdout.strip()
    return int(file.read_text(encoding="utf-8")) if state and not state.startswith("Z") else None
