"""The Pulumi CLI for this machine: on PATH, else cached, else downloaded, else built from its Go modules.

Moving to another version: `pulumi_download.DOWNLOADS` takes version and sums from the file
`pulumi-<version>-checksums.txt` that is published beside each release; `pulumi_modules/go.mod` takes a
version of the Go modules (then `go mod tidy` there).
"""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from local.toolchain import pulumi_build, pulumi_download
from local.toolchain.environment import cache_folder
from local.toolchain.pulumi_build import BuildError
from local.toolchain.pulumi_download import DownloadError

MINIMAL_VERSION: Final = (3, 249, 0)  # the first whose `policy analyze` takes a file
Origin: TypeAlias = Literal["path", "cache", "download", "build"]
Say: TypeAlias = Callable[[str], None]
LANGUAGE_HOST: Final = "pulumi-language-python"


class NoCliError(Exception):
    """There is no Pulumi CLI and none could be installed; the text lists every way that was tried."""


@dataclass(frozen=True, kw_only=True)
class Cli:
    """A Pulumi CLI that runs here."""

    executable: Path
    version: str
    origin: Origin

    def has_language_host(self, search_path: str) -> bool:
        """Whether it brings its Python language host; a self-built one does not."""
        beside = self.executable.resolve().with_name(LANGUAGE_HOST)
        return beside.exists() or shutil.which(LANGUAGE_HOST, path=search_path) is not None


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """Finds or gets the CLI; `folder` keeps one folder for each version."""

    folder: Path
    environment: Mapping[str, str]
    say: Say
    _reported: set[str] = field(default_factory=set)

    def cli(self) -> Cli:
        """The CLI, installed when there is none.

        Raises:
            NoCliError: There is none and none could be installed.
        """
        found = self.on_path() or self.cached()
        if found:
            return found
        try:
            with self._alone():
                return self.cached() or self._installed()  # somebody else may have installed it meanwhile
        except OSError as problem:
            raise NoCliError(
                f"there is no Pulumi CLI on this machine, and the cache folder {self.folder} cannot be used: "
                f"{problem.strerror or problem}. Name another one in XDG_CACHE_HOME, or put a pulumi on PATH."
            ) from None

    def on_path(self) -> Cli | None:
        """The CLI on PATH, when it is new enough."""
        found = shutil.which("pulumi", path=self.environment.get("PATH", ""))
        if found is None:
            return None
        version = self._version_of(Path(found))
        if version is None or _numbers(version) < MINIMAL_VERSION:
            wanted = ".".join(map(str, MINIMAL_VERSION))
            self.say(
                f"the pulumi on PATH is {version or 'broken'}, {wanted} or newer is needed: it is ignored"
            )
            return None
        return Cli(executable=Path(found), version=version, origin="path")

    def cached(self) -> Cli | None:
        """The newest CLI in the cache that runs; only what is finished has a folder named like a version."""
        found = [folder for folder in self.folder.glob("[0-9]*") if os.access(folder / "pulumi", os.X_OK)]
        for folder in sorted(found, key=lambda one: _numbers(one.name), reverse=True):
            if _numbers(folder.name) < MINIMAL_VERSION:
                continue
            if self._version_of(folder / "pulumi") == folder.name:
                return Cli(executable=folder / "pulumi", version=folder.name, origin="cache")
            broken = f"the pulumi in {folder} is broken: it is ignored"
            if broken not in self._reported:  # looked for once more before an installation
                self._reported.add(broken)
                self.say(broken)
        return None

    def _installed(self) -> Cli:
        reasons = []
        try:
            release = pulumi_download.release_for_this_machine()
            return self._install(
                release.version, lambda folder: self._download(release, folder), origin="download"
            )
        except DownloadError as error:
            reasons.append(f"download: {error}")
            self.say(f"no download: {error}")
        try:
            version = pulumi_build.module_version()
            return self._install(version, self._build, origin="build")
        except BuildError as error:
            reasons.append(f"build: {error}")
        wanted = ".".join(map(str, MINIMAL_VERSION))
        raise NoCliError(
            "there is no Pulumi CLI on this machine and none could be installed.\n"
            f"  on PATH: no pulumi of version {wanted} or newer\n  " + "\n  ".join(reasons) + "\n"
            "Put a pulumi on PATH, or connect to the internet, or install Go, and try again."
        )

    def _download(self, release: pulumi_download.Release, folder: Path) -> None:
        pulumi_download.download(release, folder, self.say)

    def _build(self, folder: Path) -> None:
        pulumi_build.build(folder, self.environment, self.say)

    def _install(self, version: str, fill: Callable[[Path], None], *, origin: Origin) -> Cli:
        """Fill a folder aside, look whether the CLI in it runs, and only then give it its final name."""
        aside, final = self.folder / f".{version}.{os.getpid()}.unfinished", self.folder / version
        try:
            aside.mkdir()
            fill(aside)
            answer = self._version_of(aside / "pulumi")
            if answer != version:
                failure = DownloadError if origin == "download" else BuildError
                raise failure(f"the new CLI reports version {answer or 'nothing'}; {version} was expected")
            shutil.rmtree(final, ignore_errors=True)
            aside.rename(final)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        self.say(f"installed Pulumi {version} into the cache")
        return Cli(executable=final / "pulumi", version=version, origin=origin)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One installation at a time; what a killed one left behind is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.say("another installation of the Pulumi CLI is in progress; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            for leftover in self.folder.glob(".[0-9]*"):
                shutil.rmtree(leftover, ignore_errors=True)
            yield

    def _version_of(self, executable: Path) -> str | None:
        quiet = {**self.environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        try:
            answer = subprocess.run(
                [executable, "version"],
                check=False,
                env=quiet,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=30,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        found = re.search(r"v?(\d+\.\d+\.\d+)", answer.stdout)
        return found.group(1) if found and answer.returncode == 0 else None


def toolchain(say: Say) -> Toolchain:
    """The toolchain of this user."""
    return Toolchain(folder=cache_folder() / "pulumi", environment=os.environ, say=say)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
