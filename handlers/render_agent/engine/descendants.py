"""All that a run of the engine has started, found by a mark that each process inherits in its environment.

A process group does not hold whoever leads a session of its own, as daemons do.
"""

import contextlib
import os
import signal
import time
import uuid
from pathlib import Path

MARK = "CLIPIT_ENGINE_RUN"
SECONDS_TO_DIE = 2.0
"""Nobody survives SIGKILL, but a process that waits for a device takes its time."""

_LOOK_SECONDS = 0.02
_PROCESSES = Path("/proc")


class EngineDescendants:
    """The processes of one run."""

    def __init__(self) -> None:
        self._run = uuid.uuid4().hex

    @property
    def mark(self) -> dict[str, str]:
        """What the engine's environment must hold."""
        return {MARK: self._run}

    def end(self) -> int:
        """Kills until nobody is left, for there may be births meanwhile; how many there still are."""
        deadline = time.monotonic() + SECONDS_TO_DIE
        while (members := self._members()) and time.monotonic() < deadline:
            for process in members:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(_LOOK_SECONDS)
        return len(members)

    def _members(self) -> list[int]:
        """None where there is no /proc: there the process group is all that is ended."""
        wanted = f"{MARK}={self._run}".encode()
        numbered = (path for path in _PROCESSES.glob("[0-9]*") if wanted in _environment(path))
        return [int(path.name) for path in numbered]


def _environment(process: Path) -> list[bytes]:
    """What a process was started with; nothing for strangers and the dead."""
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
