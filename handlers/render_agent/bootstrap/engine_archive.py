"""Installs an engine's archive: fetched once, compared with its checksum, unpacked, its installer run."""

import hashlib
import os
import shutil
import subprocess
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from handlers.jobs.foreign.foreign_text import printable
from handlers.render_agent.bootstrap.steps import BootError, Folders

ACTIONS = frozenset({"s3:GetObject", "s3:ListBucket"})

SECONDS_TO_INSTALL = 240
LAST_WORDS = 300
_COMPLETE = ".complete"


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A zip file at `https://s3.<region>.amazonaws.com/<bucket>/<key>`, and the checksum it must have."""

    address: str
    sha256: str


def install(archive: Archive, folders: Folders, python: str) -> Path:
    """The folder of the installed engine; nothing is fetched when it has been installed before.

    Raises:
        BootError: the archive is missing, is another one than was deployed, or its installer fails.
    """
    folder = folders.engines / archive.sha256
    if (folder / _COMPLETE).is_file():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    download = folders.downloads / f"engine-{archive.sha256}.zip"
    try:
        _fetch(archive, download)
        _compare(archive, download)
        _unpack(download, folder)
        _run_installer(folder, python)
    except BootError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        download.unlink(missing_ok=True)
    (folder / _COMPLETE).touch()
    return folder


def _fetch(archive: Archive, into: Path) -> None:
    # Loading the AWS SDK takes a second of a core; most runs find the engine installed.
    import boto3  # noqa: PLC0415
    from boto3.exceptions import Boto3Error  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from handlers.jobs.error_codes import code_of  # noqa: PLC0415

    patient = Config(connect_timeout=3, read_timeout=30, retries={"mode": "standard", "max_attempts": 5})
    address = urlsplit(archive.address)
    region = (address.hostname or "").split(".")[1]
    bucket, _, key = address.path.removeprefix("/").partition("/")
    client = boto3.client("s3", region_name=region, config=patient)
    try:
        client.download_file(bucket, key, str(into))
    except ClientError as error:
        code = code_of(error)
        why = "is not there" if code in {"404", "NoSuchKey"} else f"cannot be read ({code})"
        raise BootError(f"the archive {key} of the artifacts bucket {why}; deploy again") from error
    except (Boto3Error, BotoCoreError, OSError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise BootError(f"the archive {key} cannot be fetched ({problem})") from error


def _compare(archive: Archive, file: Path) -> None:
    with file.open("rb") as content:
        given = hashlib.file_digest(content, "sha256").hexdigest()
    if given != archive.sha256:
        raise BootError(
            f"the archive has checksum {given}, {archive.sha256} expected; "
            "it was removed, nothing was installed"
        )


def _unpack(file: Path, into: Path) -> None:
    """All files, programs among them as programs; `zipfile` itself forgets which are."""
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                written = Path(archive.extract(member, into))
                if written.is_file() and member.external_attr >> 16 & 0o100:
                    written.chmod(0o755)
    # zipfile has no error of its own for a password (RuntimeError) and for an unknown compression.
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError) as error:
        raise BootError(f"the archive cannot be unpacked: {error}") from error


def _run_installer(folder: Path, python: str) -> None:
    """The program `install` of the archive, if it has one."""
    installer = folder / "install"
    if not installer.exists():
        return
    try:
        done = subprocess.run(
            [str(installer)],
            cwd=folder,
            env={**os.environ, "CLIPIT_PYTHON": python},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS_TO_INSTALL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BootError(f"its installer did not end within {SECONDS_TO_INSTALL} s") from error
    except OSError as error:
        raise BootError(f"its installer cannot be run: {error.strerror}") from error
    if done.returncode:
        words = printable(done.stdout[-LAST_WORDS:], LAST_WORDS) or "nothing"
        raise BootError(f"its installer ended with code {done.returncode} and said: {words}")
