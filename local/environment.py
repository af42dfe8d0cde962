"""Make the project's virtual environment from the committed lock; needs only Python and pip."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

MINIMAL_PYTHON = (3, 11)
UV_VERSION = "0.13.9"
ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"


def cache_folder() -> Path:
    """The user's cache folder for this project, `$XDG_CACHE_HOME/clip-it` or `~/.cache/clip-it`."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "clip-it"


def say(line: str) -> None:
    """Print one progress line at once."""
    sys.stdout.write(f"setup: {line}\n")
    sys.stdout.flush()


def uv() -> Path:
    """The uv executable: on PATH, else from the package index into the cache, keyed by version."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    final = cache_folder() / f"uv-{UV_VERSION}"
    binary = final / "bin" / "uv"
    if not binary.exists():
        say(f"uv is not on PATH; installing uv {UV_VERSION} into the cache")
        unfinished = final.with_name(f"{final.name}.{os.getpid()}")
        venv.create(unfinished, with_pip=True)
        subprocess.run(
            [unfinished / "bin" / "python", "-m", "pip", "install", "--quiet", f"uv=={UV_VERSION}"],
            check=True,
        )
        try:
            unfinished.rename(final)
        except OSError:  # another set-up was faster
            shutil.rmtree(unfinished)
    return binary


def resolve(tool: Path) -> None:
    """Resolve pyproject.toml into the lock, for every platform, with hashes and without addresses."""
    options = [
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
    ]
    command = [
        str(tool),
        "pip",
        "compile",
        "--quiet",
        *options,
        "--group",
        "dev",
        "pyproject.toml",
        "-o",
        LOCK.name,
    ]
    subprocess.run(command, check=True, cwd=ROOT)


def main() -> int:
    """Create or update `.venv`; exit code 0 when it matches the lock, 1 with the reason otherwise."""
    if sys.version_info < MINIMAL_PYTHON:
        wanted = ".".join(map(str, MINIMAL_PYTHON))
        sys.stderr.write(
            f"setup: this is Python {sys.version.split()[0]}; Clip-It needs {wanted} or later.\n"
        )
        return 1
    try:
        tool = uv()
        if sys.argv[1:] == ["--lock"]:
            resolve(tool)
            return 0
        if not (ENVIRONMENT / "bin" / "python").exists():
            say(f"creating {ENVIRONMENT.name} with Python {sys.version.split()[0]}")
            subprocess.run(
                [str(tool), "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT)], check=True
            )
        inside = {**os.environ, "VIRTUAL_ENV": str(ENVIRONMENT)}
        say(f"installing {LOCK.name}")
        subprocess.run([tool, "pip", "sync", "--quiet", "--require-hashes", LOCK], check=True, env=inside)
        subprocess.run(
            [tool, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT],
            check=True,
            env=inside,
        )
    except subprocess.CalledProcessError as failed:
        sys.stderr.write(
            f"setup: {' '.join(map(str, failed.cmd))} exited with {failed.returncode}; see above.\n"
        )
        return 1
    (ENVIRONMENT / "ready").touch()
    say("ready")
    return 0


if __name__ == "__main__":
    sys.exit(main())
