"""A drawing makes pictures; the manifest knows from which state of its sources each picture was made."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path("docs/images")
MANIFEST: Final = FOLDER / "manifest.json"


class SourceError(Exception):
    """A pattern of a drawing's sources matches no file; the text names both."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Pictures that are made together, because one run of the product shows them all."""

    name: str
    pictures: tuple[str, ...]
    """File names in `FOLDER`."""
    sources: tuple[str, ...]
    """Patterns of `Path.glob` from the root: the files that decide what the pictures show."""
    draw: Callable[[Path], None]
    """Writes the pictures into a folder."""

    def checksum(self, root: Path) -> str:
        """SHA-256 of the names and contents of the sources.

        Raises:
            SourceError: A pattern matches no file.
        """
        digest = hashlib.sha256()
        for pattern in self.sources:
            found = sorted(path for path in root.glob(pattern) if path.is_file())
            if not found:
                raise SourceError(f"{self.name}: no file matches the source {pattern!r}; correct the drawing")
            for path in found:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
        return digest.hexdigest()


def outdated(drawings: Iterable[Drawing], root: Path) -> list[Drawing]:
    """The drawings of which a picture is missing or was made from other sources."""
    known = manifest(root)
    return [
        one
        for one in drawings
        if any(
            known.get(picture) != one.checksum(root) or not (root / FOLDER / picture).exists()
            for picture in one.pictures
        )
    ]


def make(drawings: Iterable[Drawing], root: Path) -> list[Path]:
    """Draw the pictures and write the checksums of their sources into the manifest; gives the files."""
    made = []
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    for one in drawings:
        before = one.checksum(root)  # what is edited while it draws is not in the picture
        one.draw(root / FOLDER)
        entries = dict(manifest(root)) | dict.fromkeys(one.pictures, before)
        (root / MANIFEST).write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n")
        made += [root / FOLDER / picture for picture in one.pictures]
    return made


def manifest(root: Path) -> Mapping[str, str]:
    """The checksum of the sources by picture."""
    path = root / MANIFEST
    if not path.exists():
        return {}
    entries: dict[str, str] = json.loads(path.read_text())
    return entries
