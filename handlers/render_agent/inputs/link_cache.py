"""Files that earlier renders of an instance fetched by URL, with the tags by which their servers know them.

A file is used again only when its server says that it is still the same.
"""

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 8 * 1024**3
LEAST_FREE_SHARE: Final = 0.25
"""Of the disk, which renders need for themselves."""
LONGEST_TAG: Final = 256


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file of the cache, its tag and its size."""

    path: Path
    etag: str
    size: int


class LinkCache:
    """A folder that belongs to the agent alone; a fault of the disk makes it forget and is no failure."""

    def __init__(
        self, folder: Path, *, most_bytes: int = MOST_BYTES, least_free_share: float = LEAST_FREE_SHARE
    ) -> None:
        self._folder, self._most_bytes, self._least_free_share = folder, most_bytes, least_free_share

    def of(self, key: str) -> Kept | None:
        """What was kept under a key; a file of another size than noted is none."""
        path = self._folder / key
        try:
            noted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            size = path.stat().st_size
            path.touch()
        except (OSError, ValueError):
            return None
        match noted:
            case {"etag": str(etag), "size": int(noted_size)} if noted_size == size:
                return Kept(path=path, etag=etag, size=size)
        return None

    def keep(self, key: str, file: Path, etag: str) -> None:
        """Keep a copy of a file, and forget those that were used the longest time ago."""
        size = file.stat().st_size
        if size > self._most_bytes or len(etag) > LONGEST_TAG or not etag.isprintable():
            return
        path = self._folder / key
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._make_room(size):
                return
            path.with_suffix(".json").unlink(missing_ok=True)
            shutil.copyfile(file, path)
            path.with_suffix(".json").write_text(json.dumps({"etag": etag, "size": size}), encoding="utf-8")
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _make_room(self, size: int) -> bool:
        """Whether a file of this size may be kept now."""
        files = sorted(
            (path for path in self._folder.iterdir() if not path.suffix),
            key=lambda path: path.stat().st_mtime,
        )
        total = sum(path.stat().st_size for path in files)
        for path in files:
            if total + size <= self._most_bytes and self._has_space(size):
                break
            total -= path.stat().st_size
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink()
        return total + size <= self._most_bytes and self._has_space(size)

    def _has_space(self, size: int) -> bool:
        usage = shutil.disk_usage(self._folder)
        return usage.free - size >= usage.total * self._least_free_share
