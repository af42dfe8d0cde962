"""A control group (cgroup v2) around one run of the engine: the kernel kills all in it at once.

It is there where this process may make groups below its own, as a systemd unit with `Delegate=yes` may, and
from Linux 5.14 on, which has `cgroup.kill`.
"""

import contextlib
import uuid
from pathlib import Path

_PROCESS = Path("/proc/self")


class Cgroup:
    """One run's group."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def adopt(self, process: int) -> bool:
        """Moves a process into the group; what it starts from then on is born there."""
        return _write(self._folder / "cgroup.procs", str(process))

    def kill(self) -> None:
        """SIGKILL for all in the group, those being born included."""
        _write(self._folder / "cgroup.kill", "1")

    def remove(self) -> None:
        """The group, once nobody is in it."""
        with contextlib.suppress(OSError):
            self._folder.rmdir()


def create() -> Cgroup | None:
    """A new group below this process's own; None where that is not possible."""
    own = _own()
    if own is None:
        return None
    folder = own / f"clipit-engine-{uuid.uuid4().hex}"
    try:
        folder.mkdir()
    except OSError:
        return None
    group = Cgroup(folder)
    if (folder / "cgroup.kill").exists():
        return group
    group.remove()
    return None


def ended_for_memory() -> int:
    """How many processes of this one's group, or below, the kernel has ended because memory was short."""
    own = _own()
    if own is None:
        return 0
    try:
        events = dict(line.split() for line in (own / "memory.events").read_text().splitlines())
        return int(events.get("oom_kill", 0))
    except (OSError, ValueError):
        return 0


def _own() -> Path | None:
    """The folder of the group that this process is in."""
    try:
        groups = (_PROCESS / "cgroup").read_text().splitlines()
        mounts = [line.split() for line in (_PROCESS / "mountinfo").read_text().splitlines()]
    except OSError:
        return None
    paths = [line.removeprefix("0::/") for line in groups if line.startswith("0::/")]
    # "36 35 98:0 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw"; the number of fields before "-" varies.
    places = [mount[4] for mount in mounts if mount[mount.index("-") + 1] == "cgroup2"]
    return Path(places[0], paths[0]) if paths and places else None


def _write(file: Path, text: str) -> bool:
    try:
        file.write_text(text)
    except OSError:
        return False
    return True
