"""The local stack of this checkout that `clipit local up` keeps: where it lies and how others find it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
FOLDER = _ROOT / "build" / "local"
LOG = _ROOT / "build" / "local.log"
_FILE = FOLDER / "session.json"


@dataclass(frozen=True, kw_only=True)
class Session:
    """A running stack."""

    pid: int
    emulator_url: str
    api_url: str | None = None
    exports: Mapping[str, str] = field(default_factory=dict)
    """What a shell needs: endpoint, backend, home, table and the like; no secret."""

    def lives(self) -> bool:
        """Whether its process is still there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def save(session: Session) -> None:
    """Let others find the stack."""
    unfinished = _FILE.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(session)))
    unfinished.replace(_FILE)


def find() -> Session | None:
    """The stack that runs now, if one does."""
    try:
        session = Session(**json.loads(_FILE.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return session if session.lives() else None
