"""The agent's folder on disk: one subfolder per attempt, gone when the attempt is, and the health file."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handlers.jobs.outputs import VideoFormat
from handlers.render_agent.engine.confinement import Confinement

HEALTH_FILE = "health"
JOBS_FOLDER = "jobs"
LEAST_FREE_BYTES = 1_000_000_000
"""A disk with less than this when no job is on it fails whatever comes next."""
_BYTES_OF_A_BLOCK = 512
"""Of `st_blocks`, whatever the file system's own are (stat(2))."""
_LARGEST_HOLE = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where one attempt lies on disk."""

    folder: Path
    confinement: Confinement

    @property
    def composition(self) -> Path:
        """What to render."""
        return self.folder / "composition.json"

    @property
    def assets(self) -> Path:
        """One file per asset, named like it."""
        return self.folder / "assets"

    def output(self, kind: VideoFormat) -> Path:
        """Where the engine leaves the video."""
        return self.folder / f"video.{kind.value}"

    @property
    def poster(self) -> Path:
        """Where the engine leaves the picture of the video, when one is wanted."""
        return self.folder / "poster.jpg"

    @property
    def temporary(self) -> Path:
        """The engine's home and its folder for temporary files."""
        return self.folder / "tmp"

    def hand_over(self) -> None:
        """Let the engine read what was fetched, and write beside it."""
        self.temporary.mkdir(exist_ok=True)
        self.confinement.share(self.assets, writable=False)
        self.confinement.share(self.temporary, writable=True)
        self.confinement.share(self.folder, writable=True)

    @property
    def log(self) -> Path:
        """What the engine said besides the protocol."""
        return self.folder / "engine.log"


def size_of_plain_file(path: Path) -> int | None:
    """How many bytes a file has; None when there is none that can be read, or a link or a pipe in its place.

    The engine may leave anything here; following a link would publish some other file of the instance, and
    a file of holes can be longer than any disk.
    """
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or path.resolve() != path:
        return None
    if found.st_size > found.st_blocks * _BYTES_OF_A_BLOCK + _LARGEST_HOLE:
        return None
    if not os.access(path, os.R_OK):
        return None
    return found.st_size


class Workspace:
    """The folder that belongs to this agent alone."""

    def __init__(self, root: Path, confinement: Confinement) -> None:
        self._root, self._confinement = root, confinement

    def prepare(self) -> None:
        """Makes the folder and removes what an earlier agent left in it, its health file included."""
        self._root.mkdir(parents=True, exist_ok=True)
        self._confinement.remove(self._root / JOBS_FOLDER)
        self._confinement.remove_from_public_folders()
        (self._root / HEALTH_FILE).unlink(missing_ok=True)

    def has_room(self) -> bool:
        """The disk can take another job; a job too large for it leaves it as it was."""
        try:
            return shutil.disk_usage(self._root).free >= LEAST_FREE_BYTES
        except OSError:
            return False

    def touch_health(self) -> None:
        """Says to whoever looks at the machine that the last heartbeat was heard."""
        (self._root / HEALTH_FILE).touch()

    def remove_health(self) -> None:
        """The agent no longer serves."""
        (self._root / HEALTH_FILE).unlink(missing_ok=True)

    @contextlib.contextmanager
    def bench(self, job_id: str, attempt: int) -> Iterator[Bench]:
        """A fresh folder for one attempt, removed afterwards."""
        folder = self._root / JOBS_FOLDER / f"{job_id}-{attempt}"
        self._confinement.remove(folder)
        bench = Bench(folder=folder, confinement=self._confinement)
        bench.assets.mkdir(parents=True)
        self._confinement.share(self._root / JOBS_FOLDER, writable=False)
        try:
            yield bench
        finally:
            self._confinement.remove(folder)
            self._confinement.remove_from_public_folders()
