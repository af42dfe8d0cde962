"""Builds the zip files of cloud code; the same sources give the same bytes on every machine."""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import IO

from components.bill_of_materials import LICENSES, SBOM, bill, legal_files

ROOT = Path(__file__).resolve().parent.parent
BUILD = "build"
# Zip files cannot store an earlier time.
EPOCH = (1980, 1, 1, 0, 0, 0)
# boto3 and all that it needs at run time; nothing of it is compiled.
AGENT_DISTRIBUTIONS = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
# What a function needs beside Python and boto3, which Lambda has: the versions of the lock, which the tests
# run, and no layer of somebody else.
FUNCTION_DISTRIBUTIONS = ("aws-lambda-powertools", "jmespath", "typing-extensions")
AGENT_SERVICES = ("autoscaling", "dynamodb", "s3", "sqs", "sts")
IMAGE_TAG_LENGTH = 40
SKIPPED_PARTS = frozenset({"__pycache__", "tests", "examples"})
SKIPPED_SUFFIXES = frozenset({".pyc", ".pyi", ".exe", ".so"})


@dataclass(frozen=True, kw_only=True, order=True)
class Entry:
    """One file of a bundle: its name there, its place or its bytes, and whether it is a program."""

    name: str
    source: Path | bytes
    executable: bool = False


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A zip file: where it lies, relative to the program, and the checksum of its bytes."""

    path: str
    sha256: str


def agent_bundle(root: Path = ROOT) -> Bundle:
    """The render agent with everything that it needs besides Python."""
    packages = ("handlers/jobs", "handlers/telemetry", "handlers/render_agent")
    entries = [*_sources(root, packages), *_installed(AGENT_DISTRIBUTIONS), *_legal(AGENT_DISTRIBUTIONS)]
    return write("agent", entries, root)


def function_bundle(package: str, root: Path = ROOT) -> Bundle:
    """One Lambda function: its package, the shared packages, and what neither Lambda nor Python brings."""
    packages = ("handlers/jobs", "handlers/telemetry", f"handlers/{package}")
    vendored = FUNCTION_DISTRIBUTIONS
    entries = [*_sources(root, packages), *_installed(vendored), *_legal(vendored)]
    return write(package.replace("_", "-"), entries, root)


def image_files(root: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """What the job server's image is built from: the name of each file there, and its place."""
    for entry in sorted(_sources(root, ("handlers/jobs", "handlers/job_server"))):
        if isinstance(entry.source, Path):
            yield entry.name, entry.source


def image_version(root: Path = ROOT) -> str:
    """The tag of the job server's image: the checksum of all that it is built from.

    The same sources are the same image, whichever environment runs them and whoever goes back to them.
    """
    digest = hashlib.sha256()
    for name, source in image_files(root):
        content = source.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:IMAGE_TAG_LENGTH]


def table_format(root: Path = ROOT) -> dict[str, int]:
    """The version of the items that this code writes, and the oldest version of code that can read them."""
    found: dict[str, int] = json.loads((root / "handlers/jobs/store/table_format.json").read_text())
    return found


def write(name: str, entries: Iterable[Entry], root: Path) -> Bundle:
    """Write a bundle named after its content; an interrupted build leaves nothing usable behind."""
    folder = root / BUILD
    folder.mkdir(exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=folder, prefix=f".{name}-")
    try:
        with os.fdopen(descriptor, "w+b") as file:
            _zip(file, sorted(entries))
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        relative = f"{BUILD}/{name}-{sha256}.zip"
        Path(unfinished).replace(root / relative)
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return Bundle(path=relative, sha256=sha256)


def _zip(file: IO[bytes], entries: Iterable[Entry]) -> None:
    # Stored: compressed bytes differ from one version of zlib to the next.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            header = zipfile.ZipInfo(entry.name, EPOCH)
            header.external_attr = (0o755 if entry.executable else 0o644) << 16
            # Unix whatever the machine, or the bytes would differ.
            header.create_system = 3
            if isinstance(entry.source, bytes):
                archive.writestr(header, entry.source)
                continue
            header.file_size = entry.source.stat().st_size
            with entry.source.open("rb") as source, archive.open(header, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)


def source_files(root: Path, package: str) -> Iterator[Path]:
    """The files of a package that something runs or reads.

    Raises:
        FileNotFoundError: when there is no such package.
    """
    folder = root / package
    if not (folder / "__init__.py").is_file():
        raise FileNotFoundError(f"There is no package {package} to bundle; expected {package}/__init__.py.")
    for source in folder.rglob("*"):
        if source.is_file() and _wanted(source.relative_to(root)):
            yield source


def _sources(root: Path, packages: Iterable[str]) -> Iterator[Entry]:
    yield Entry(name="handlers/__init__.py", source=root / "handlers/__init__.py")
    for package in packages:
        for source in source_files(root, package):
            yield Entry(name=source.relative_to(root).as_posix(), source=source)


@cache
def _legal(names: tuple[str, ...]) -> tuple[Entry, ...]:
    """Our license, those of what is vendored, and the list of it."""
    theirs = (Entry(name=name, source=source) for one in names for name, source in legal_files(one))
    own = Entry(name=f"{LICENSES}/clip-it/LICENSE", source=ROOT / "LICENSE")
    return (own, *theirs, Entry(name=SBOM, source=bill(names)))


@cache
def _installed(names: tuple[str, ...]) -> tuple[Entry, ...]:
    return tuple(entry for name in names for entry in _files_of(name))


def _files_of(name: str) -> Iterator[Entry]:
    installed = distribution(name)
    files = installed.files
    if not files:
        raise FileNotFoundError(f"The distribution {name} lists no files; install it again.")
    for file in files:
        path = Path(str(file))
        if ".." not in path.parts and _wanted(path) and not path.parts[0].endswith(".dist-info"):
            yield Entry(name=path.as_posix(), source=Path(str(installed.locate_file(file))))


def _wanted(path: Path) -> bool:
    if path.suffix in SKIPPED_SUFFIXES:
        return False
    if path.parts[:2] == ("botocore", "data"):
        return _wanted_model(path)
    if path.parts[:2] == ("boto3", "data"):
        return False
    return not SKIPPED_PARTS.intersection(path.parts)


def _wanted_model(path: Path) -> bool:
    beside_the_services = len(path.parts) == 3  # noqa: PLR2004
    return beside_the_services or (path.parts[2] in AGENT_SERVICES and not path.name.startswith("examples-"))
