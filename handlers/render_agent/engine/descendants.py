"""All that a run of the engine has started, and its end.

During a run this process is a "child subreaper" (prctl(2)): a process whose parent ends becomes its child.
So nothing leaves its descendants, neither by a double fork nor with a new session or an emptied environment.
Where there is a cgroup the kernel kills all in it at once; others are killed as they are found, until there
are none.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from handlers.render_agent.engine import cgroups

SECONDS_TO_DIE = 10.0
"""Nobody survives SIGKILL, but a process that waits for a device takes its time."""

_PAUSE_SECONDS = 0.001
_MOST_BURIED = 1_000
_CHASES = 500
_GENERATIONS = 3
_SET_CHILD_SUBREAPER = 36
_PROCESSES = Path("/proc")
_PARENT, _START = 1, 19
"""Where a process's file `stat` has them, counted from its state."""


class Containment(StrEnum):
    """What keeps an engine's processes together, the strongest first."""

    CGROUP = "cgroup"
    SUBREAPER = "subreaper"
    PROCESS_GROUP = "process_group"
    """Weak: whoever leads a group of its own is not found again."""


@dataclass(frozen=True)
class _Process:
    """A process at a moment; its start tells it from a later one with the same number."""

    number: int
    parent: int
    start: int
    has_ended: bool


class EngineDescendants:
    """The processes of one run; this process has one run at a time, and starts nothing else meanwhile."""

    def __init__(self, *, cgroup: cgroups.Cgroup | None, subreaper: bool) -> None:
        self._cgroup, self._subreaper = cgroup, subreaper
        self._others = {one.number: one.start for one in _processes() if one.parent == os.getpid()}
        # Then the kernel can be asked whether there is any child; otherwise it takes many looks.
        self._all_are_ours = subreaper and not self._others

    def adopt(self, engine: int) -> Containment:
        """From now on the run has processes; what keeps them together."""
        if self._cgroup and self._cgroup.adopt(engine):
            return Containment.CGROUP
        return Containment.SUBREAPER if self._subreaper else Containment.PROCESS_GROUP

    def bury_orphans(self, engine: int) -> None:
        """Collects those that ended while the engine runs: until then the kernel keeps their numbers."""
        if not self._subreaper:
            return
        with contextlib.suppress(ChildProcessError):
            for _ in range(_MOST_BURIED):
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is None or ended.si_pid in {engine, *self._others}:
                    return
                _bury(ended.si_pid)

    def end(self) -> int:
        """Kills until nobody is left, for some may be born meanwhile; how many there still are."""
        deadline = time.monotonic() + SECONDS_TO_DIE
        while (left := self._left()) and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
        return left

    def _left(self) -> int:
        if self._cgroup:
            self._cgroup.kill()
        living = self._sweep()
        if living or not self._subreaper:
            return living
        for _ in range(_CHASES):
            if self._childless():
                return 0
            self._chase()
        # Beside other children the kernel cannot be asked, and whoever was chased down is not buried yet.
        return int(self._all_are_ours) or self._sweep()

    def _chase(self) -> None:
        """Strikes at the youngest: one that forks and ends all the time is another after each full look."""
        line, one = list[int](), _read(int(Path("/proc/loadavg").read_bytes().split()[-1]))
        while one and one.parent != os.getpid() and len(line) < _GENERATIONS:
            line.append(one.number)
            one = _read(one.parent)
        if one and one.parent == os.getpid() and self._others.get(one.number) != one.start:
            for process in (*line, one.number):
                _signal(process, signal.SIGKILL)

    def _sweep(self) -> int:
        """One look at all of them, and SIGKILL for each that lives."""
        members = list(self._members())
        living = [one.number for one in members if not one.has_ended]
        # Stopped first: then none can replace another that has just been killed.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in living:
                _signal(process, number)
        for one in members:
            if one.has_ended and one.parent == os.getpid():
                _bury(one.number)
        return len(living)

    def _members(self) -> Iterator[_Process]:
        children: dict[int, list[_Process]] = defaultdict(list)
        for one in _processes():
            if self._others.get(one.number) != one.start:
                children[one.parent].append(one)
        parents = [os.getpid()]
        while parents:
            born = children.pop(parents.pop(), [])
            yield from born
            parents.extend(one.number for one in born)

    def _childless(self) -> bool:
        """The kernel's own word: a process that forks and ends all the time may be missed by every look."""
        if not self._all_are_ours:
            return False
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        return False


@contextlib.contextmanager
def contained() -> Iterator[EngineDescendants]:
    """Everything that is started within the block can be ended there."""
    cgroup, subreaper = cgroups.create(), _set_subreaper(1)
    try:
        yield EngineDescendants(cgroup=cgroup, subreaper=subreaper)
    finally:
        if subreaper:
            _set_subreaper(0)
        if cgroup:
            cgroup.remove()


def _set_subreaper(value: int) -> bool:
    """Whether it was possible: Linux has it."""
    try:
        return bool(ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, ctypes.c_ulong(value), 0, 0, 0) == 0)
    except (AttributeError, OSError):
        return False


def _processes() -> Iterator[_Process]:
    """Every process there is; none where there is no /proc. The youngest come first: they fork the most."""
    numbers = (int(path.name) for path in _PROCESSES.glob("[0-9]*"))
    return (one for number in sorted(numbers, reverse=True) if (one := _read(number)))


def _read(number: int) -> _Process | None:
    try:
        # The name, in parentheses, may hold anything.
        fields = (_PROCESSES / str(number) / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return _Process(number, int(fields[_PARENT]), int(fields[_START]), has_ended=fields[0] in {b"Z", b"X"})


def _signal(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)


def _bury(process: int) -> None:
    """Takes a child that has ended out of the kernel's list."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, os.WNOHANG)
