"""The local stack that `clipit local up` keeps in this checkout, and how other commands find it."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from local.processes import children

_ROOT = Path(__file__).resolve().parents[2]
FOLDER = _ROOT / "build" / "local"
LOG = _ROOT / "build" / "local.log"
_FILE = FOLDER / "session.json"
_LOCK = _ROOT / "build" / "local.lock"
"""Beside the folder, which goes with its stack; held by whoever keeps a stack, from its first step on."""


class TakenError(Exception):
    """Another process keeps a stack in this checkout, or is about to."""

    def __init__(self, pid: str) -> None:
        super().__init__(
            f"another `clipit local up` (process {pid or 'unknown'}) keeps or is starting the stack in "
            f"{FOLDER}; `clipit local status` shows when it is up, `clipit local down` stops it then"
        )


@dataclass(frozen=True, kw_only=True)
class Session:
    """A running stack."""

    pid: int
    birth: str = ""
    """Tells the process from a later one under the same number."""
    emulator_url: str
    api_url: str | None = None
    exports: Mapping[str, str] = field(default_factory=dict)
    """The environment variables for the empty stack: endpoint, backend, home and so on; no secrets."""

    def lives(self) -> bool:
        """Whether its process is still there, and not a stranger that got its number."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return self.birth == children.birth(self.pid)


def save(session: Session) -> None:
    """Let others find the stack."""
    unfinished = _FILE.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(session)))
    unfinished.replace(_FILE)


def follow(session: Session, api_url: str | None) -> Session:
    """Let others know where the API answers now, or that it does not."""
    if session.api_url == api_url:
        return session
    changed = replace(session, api_url=api_url)
    save(changed)
    return changed


def find() -> Session | None:
    """The stack that runs now, if one does."""
    try:
        session = Session(**json.loads(_FILE.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return session if session.lives() else None


@contextmanager
def alone() -> Iterator[None]:
    """Lock this checkout against other stacks; the system releases the lock when the process dies.

    Raises:
        TakenError: Somebody else does already.
    """
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise TakenError(lock.read().strip()) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
