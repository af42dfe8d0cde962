"""The official release of the Pulumi CLI, taken only when it has the pinned checksum."""

import hashlib
import platform
import socket
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

SECONDS_TO_CONNECT: Final = 4.0
SECONDS_OF_SILENCE: Final = 20.0
PIECE: Final = 1024 * 1024
PROGRESS_STEP: Final = 20 * PIECE


class DownloadError(Exception):
    """The release is not available or must not be used; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """One archive of one version."""

    version: str
    url: str
    sha256: str


def _official(version: str, machine: str, sha256: str) -> Release:
    url = f"https://get.pulumi.com/releases/sdk/pulumi-v{version}-{machine}.tar.gz"
    return Release(version=version, url=url, sha256=sha256)


DOWNLOADS: Final = {
    ("Linux", "x86_64"): _official(
        "3.255.0", "linux-x64", "cf559568e2c32f7fae56ea3de8ae5fa48973ba8c5aa9dd2b3dc0c8898fe50dba"
    ),
    ("Linux", "aarch64"): _official(
        "3.255.0", "linux-arm64", "699fbc6ea848d997e9b3645487f108d27b1b55ec807c7576406131e6e080f0e3"
    ),
    ("Darwin", "arm64"): _official(
        "3.257.0", "darwin-arm64", "a8bb6c8828bb6c716ed1d08cc3d94ca7a2435ed9c7d208705f422529d39614a0"
    ),
    ("Darwin", "x86_64"): _official(
        "3.257.0", "darwin-x64", "d5e2155d59cf65fadedd63d8af28e82b286d94a4c2b80cfaaedd76418b840298"
    ),
}


def release_for_this_machine() -> Release:
    """The pinned release; an unknown kind of machine has none."""
    machine = (platform.system(), platform.machine())
    if machine not in DOWNLOADS:
        raise DownloadError(f"no release is pinned for {' '.join(machine)}")
    return DOWNLOADS[machine]


def download(release: Release, folder: Path, say: Callable[[str], None]) -> None:
    """Fetch, compare, unpack into `folder`; nothing is unpacked before the checksum is right."""
    _must_be_reachable(release.url)
    archive = folder / "download.tar.gz"
    say(f"downloading Pulumi {release.version} from {urlsplit(release.url).hostname}")
    try:
        # Not `urlopen`, which remembers the proxy of its first use.
        with urllib.request.build_opener().open(release.url, timeout=SECONDS_OF_SILENCE) as answer:
            found = _saved(answer, archive, say)
    except OSError as error:
        raise DownloadError(f"{release.url} broke off: {getattr(error, 'reason', error)}") from None
    if found != release.sha256:
        archive.unlink()
        raise DownloadError(
            f"{release.url} has the sha256 {found}, but {release.sha256} is pinned; it was discarded"
        )
    _unpack(archive, folder)
    archive.unlink()


def _must_be_reachable(url: str) -> None:
    """Fail fast on machines without internet, where even asking for the address can take minutes."""
    whom, address = _first_stop(url)
    failure: list[str] = ["no answer"]

    def knock() -> None:
        try:
            socket.create_connection(address, timeout=SECONDS_TO_CONNECT).close()
            failure.clear()
        except OSError as error:
            failure[:] = [error.strerror or str(error)]

    knocking = threading.Thread(target=knock, daemon=True)
    knocking.start()
    knocking.join(SECONDS_TO_CONNECT)
    if failure:
        raise DownloadError(f"{whom} cannot be reached ({failure[0]})")


def _first_stop(url: str) -> tuple[str, tuple[str, int]]:
    """Where the way to the release begins, in words and as an address: a proxy when one is to be used."""
    parts = urlsplit(url)
    host, usual_port = parts.hostname or "", 443 if parts.scheme == "https" else 80
    proxy = urllib.request.getproxies().get(parts.scheme)
    if not proxy or urllib.request.proxy_bypass(parts.netloc):
        return host, (host, parts.port or usual_port)
    try:
        stop = urlsplit(proxy if "://" in proxy else f"//{proxy}")
        address = (stop.hostname or "", stop.port or usual_port)
    except ValueError:  # the text itself may hold a password
        raise DownloadError(f"{parts.scheme}_proxy is no address") from None
    return f"the proxy {address[0]}:{address[1]}", address


def _saved(answer: IO[bytes], archive: Path, say: Callable[[str], None]) -> str:
    digest, size, reported = hashlib.sha256(), 0, 0
    with archive.open("wb") as file:
        while piece := answer.read(PIECE):
            file.write(piece)
            digest.update(piece)
            size += len(piece)
            if size - reported >= PROGRESS_STEP:
                reported = size
                say(f"downloaded {size // PIECE} MB")
    return digest.hexdigest()


def _unpack(archive: Path, folder: Path) -> None:
    """Put the files of the archive's only folder (`pulumi` or `pulumi/bin`) directly into `folder`."""
    try:
        with tarfile.open(archive) as opened:
            for member in opened.getmembers():
                if member.isfile():
                    member.name = Path(member.name).name
                    opened.extract(member, folder, filter="data")
    except tarfile.TarError as error:
        raise DownloadError(f"the archive cannot be unpacked: {error}") from None
