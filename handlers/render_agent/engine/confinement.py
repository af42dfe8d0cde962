"""Who an engine runs as, which files it may read and write, and the removal of what it left."""

import contextlib
import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from handlers.render_agent.engine import confined

PUBLIC_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue")  # noqa: S108 - they are what is cleaned
SECONDS_TO_REMOVE = 120
_LAUNCHER = Path(confined.__file__)
_REMOVE = 'chmod -Rf u+rwX -- "$1"; rm -rf --one-file-system -- "$1"'
_REMOVE_OWN = (
    'find "$@" -xdev -mindepth 1 -user "$(id -u)" -prune '
    """-exec chmod -Rf u+rwX -- '{}' + -exec rm -rf --one-file-system -- '{}' +; ipcrm --all"""
)
"""Also what lies in folders of others; `find` does not look into the engine's own, which may be too deep."""


@dataclass(frozen=True)
class Confinement:
    """The user of engines; None where the agent may not start processes of another user.

    Without a user of its own an engine may do whatever the agent may: read its credentials, for one.
    """

    user: str | None = None

    def wrap(self, command: Sequence[str]) -> list[str]:
        """The command that runs the engine with as little as possible."""
        return [sys.executable, "-I", "-S", str(_LAUNCHER), self.user or confined.SAME_USER, *command]

    def share(self, folder: Path, *, writable: bool) -> None:
        """Let the engine read what lies in a folder, and add to it."""
        if self.user is None:
            return
        group = pwd.getpwnam(self.user).pw_gid
        for path in (folder, *(one for one in folder.iterdir() if one.is_file())):
            os.chown(path, -1, group, follow_symlinks=False)
            path.chmod((0o770 if writable else 0o750) if path == folder else 0o640)

    def remove(self, folder: Path) -> None:
        """Remove a folder, whatever an engine made of it: links, a tree too deep to walk, no permissions.

        The programs of the system do it: they follow no link, and know no limit to the depth of a tree.
        """
        if not folder.is_symlink() and not folder.exists():
            return
        if self.user is not None:
            _run(self.wrap(["/bin/sh", "-c", _REMOVE, "remove", str(folder)]))
        _run(["/bin/sh", "-c", _REMOVE, "remove", str(folder)])

    def remove_from_public_folders(self) -> None:
        """Remove what an engine left where everybody may write, for the next one to find.

        Also what belongs to no process and no folder: shared memory, semaphores, message queues (sysvipc(7)).
        """
        if self.user is not None:
            _run(self.wrap(["/bin/sh", "-c", _REMOVE_OWN, "remove", *PUBLIC_FOLDERS]))


def _run(command: Sequence[str]) -> None:
    """Run a clean-up; what it could not remove is left."""
    with contextlib.suppress(subprocess.TimeoutExpired, OSError):
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin"},
            timeout=SECONDS_TO_REMOVE,
            check=False,
        )
