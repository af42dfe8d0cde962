"""Builds the zip files of cloud code; the same sources give the same bytes on every machine."""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = "build"
# Zip files cannot store an earlier time.
EPOCH = (1980, 1, 1, 0, 0, 0)
# boto3 and all that it needs at run time; nothing of it is compiled.
AGENT_DISTRIBUTIONS = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
AGENT_SERVICES = ("autoscaling", "dynamodb", "s3", "sqs", "sts")
SKIPPED_PARTS = frozenset({"__pycache__", "tests", "examples"})
SKIPPED_SUFFIXES = frozenset({".pyc", ".pyi", ".exe", ".so"})

Entry = tuple[str, Path]


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A zip file: where it lies, relative to the program, and the checksum of its bytes."""

    path: str
    sha256: str


def agent_bundle(root: Path = ROOT) -> Bundle:
    """The render agent with everything that it needs besides Python."""
    packages = ("handlers/jobs", "handlers/render_agent")
    return write("agent", [*_sources(root, packages), *_vendored()], root)


def function_bundle(package: str, root: Path = ROOT) -> Bundle:
    """One Lambda function: its package and the shared domain."""
    packages = ("handlers/jobs", f"handlers/{package}")
    return write(package.replace("_", "-"), list(_sources(root, packages)), root)


def write(name: str, entries: Iterable[Entry], root: Path) -> Bundle:
    """Write a bundle named after its content; an interrupted build leaves nothing usable behind."""
    content = _zipped(sorted(entries))
    sha256 = hashlib.sha256(content).hexdigest()
    relative = f"{BUILD}/{name}-{sha256}.zip"
    target = root / relative
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=target.parent, prefix=f".{name}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(unfinished).replace(target)
    return Bundle(path=relative, sha256=sha256)


def _zipped(entries: Iterable[Entry]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, source in entries:
            header = zipfile.ZipInfo(name, EPOCH)
            header.external_attr = 0o644 << 16
            # Unix whatever the machine, or the bytes would differ.
            header.create_system = 3
            stored = name.endswith(".gz")
            header.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(header, source.read_bytes())
    return buffer.getvalue()


def _sources(root: Path, packages: Iterable[str]) -> Iterator[Entry]:
    yield "handlers/__init__.py", root / "handlers/__init__.py"
    for package in packages:
        folder = root / package
        if not (folder / "__init__.py").is_file():
            raise FileNotFoundError(
                f"There is no package {package} to bundle; expected {package}/__init__.py."
            )
        for source in folder.rglob("*"):
            if source.is_file() and _wanted(source.relative_to(root)):
                yield source.relative_to(root).as_posix(), source


@cache
def _vendored() -> tuple[Entry, ...]:
    return tuple(_installed())


def _installed() -> Iterator[Entry]:
    for name in AGENT_DISTRIBUTIONS:
        installed = distribution(name)
        files = installed.files
        if not files:
            raise FileNotFoundError(f"The distribution {name} lists no files; reinstall it.")
        for file in files:
            path = Path(str(file))
            if ".." not in path.parts and _wanted(path) and not path.parts[0].endswith(".dist-info"):
                yield path.as_posix(), Path(str(installed.locate_file(file)))


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
