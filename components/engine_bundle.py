"""The archive with a fleet's render engine: the reference engine's, one of your own, or an empty one.

Instances install each of them alike (docs/how-to/bring-your-own-engine.md).
"""

import hashlib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pulumi

from components import engine_wheels
from components.bundles import BUILD, ROOT, Bundle, Entry, source_files, write

REFERENCE, IMAGE = "reference", "image"
PROGRAMS = frozenset({"install", "bin/clipit-engine"})
# General purpose bit 0 of a member (APPNOTE 4.4.4).
ENCRYPTED = 1
_ARCHIVE = "render_engine/archive"
_LICENSE = "licenses/Apache-2.0.txt"


@cache
def engine_bundle(engine: str, root: Path = ROOT) -> Bundle:
    """The archive of a fleet's setting `engine`.

    With `image` the engine is in the machine image, and the archive is empty.

    Raises:
        pulumi.RunError: an archive of one's own is missing, is no zip file, or has a password.
    """
    if engine == IMAGE:
        return write("engine", (), root)
    return _reference(root) if engine == REFERENCE else _own(engine, root)


def _own(path: str, root: Path) -> Bundle:
    archive = root / path
    if not archive.is_file():
        raise pulumi.RunError(f"The engine's archive {path} is not there; give a path from {root}.")
    if not zipfile.is_zipfile(archive):
        raise pulumi.RunError(f"The engine's archive {path} is no zip file; make one with `zip -r`.")
    with zipfile.ZipFile(archive) as content:
        if any(member.flag_bits & ENCRYPTED for member in content.infolist()):
            raise pulumi.RunError(f"The engine's archive {path} has a password, which instances do not know.")
    with archive.open("rb") as file:
        return Bundle(path=path, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _reference(root: Path) -> Bundle:
    """Built when its inputs have changed: the note of an earlier build says what came of the same inputs."""
    entries = sorted(_reference_entries(root))
    note = root / BUILD / f"engine-inputs-{_digest(entries, root)}.txt"
    if note.is_file() and (root / _noted(note).path).is_file():
        return _noted(note)
    # Each has 150 MB, and only the newest is deployed.
    for earlier in (root / BUILD).glob("engine-inputs-*.txt"):
        (root / _noted(earlier).path).unlink(missing_ok=True)
        earlier.unlink(missing_ok=True)
    bundle = write("engine", entries, root)
    note.write_text(f"{bundle.sha256}\n", encoding="utf-8")
    return bundle


def _noted(note: Path) -> Bundle:
    sha256 = note.read_text(encoding="utf-8").strip()
    return Bundle(path=f"{BUILD}/engine-{sha256}.zip", sha256=sha256)


def _reference_entries(root: Path) -> Iterator[Entry]:
    yield Entry(name=_LICENSE, source=root / "LICENSE")
    for source in source_files(root, "render_engine"):
        name = source.relative_to(root).as_posix()
        if name.startswith(f"{_ARCHIVE}/"):
            name = name.removeprefix(f"{_ARCHIVE}/")
            if name == "__init__.py":
                continue
        yield Entry(name=name, source=source, executable=name in PROGRAMS)
    for wheel in engine_wheels.wheels(root):
        yield Entry(name=f"wheels/{wheel.name}", source=wheel)


def _digest(entries: list[Entry], root: Path) -> str:
    """What the archive's bytes depend on; the name of the wheels' folder stands for their hashes."""
    digest = hashlib.sha256(engine_wheels.folder(root).name.encode())
    for entry in entries:
        digest.update(f"\n{entry.name}\n{entry.executable}\n".encode())
        if isinstance(entry.source, Path) and entry.source.suffix != ".whl":
            digest.update(hashlib.sha256(entry.source.read_bytes()).digest())
    return digest.hexdigest()
