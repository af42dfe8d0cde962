"""Make the project's virtual environment from the committed lock; needs only Python and pip."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

MINIMAL_PYTHON = (3, 11)
UV_LOCK = Path(__file__).with_name("uv.lock")
UV_VERSION = UV_LOCK.read_text(encoding="utf-8").partition("==")[2].split()[0]
ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
CLIENT = ROOT / "clients" / "python"
"""The API's client, a distribution of its own that the command line needs."""


class SetupError(Exception):
    """Something that the setup needs is not available; the text says what and why."""


def cache_folder() -> Path:
    """The user's cache folder for this project, `$XDG_CACHE_HOME/clip-it` or `~/.cache/clip-it`.

    A relative path in the variable is invalid and ignored (XDG Base Directory Specification, "Basics").
    """
    stated = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (stated if stated.is_absolute() else Path.home() / ".cache") / "clip-it"


def say(line: str) -> None:
    """Print one progress line at once."""
    sys.stdout.write(f"setup: {line}\n")
    sys.stdout.flush()


def uv() -> Path:
    """The uv executable: on PATH, else from the package index into the cache, keyed by version.

    Raises:
        SetupError: It is not on PATH and cannot be installed.
    """
    found = shutil.which("uv")
    if found:
        return Path(found)
    final = cache_folder() / f"uv-{UV_VERSION}"
    binary = final / "bin" / "uv"
    if not binary.exists():
        say(f"uv is not on PATH; installing uv {UV_VERSION} into the cache")
        unfinished = final.with_name(f"{final.name}.{os.getpid()}")
        try:
            _install_uv(unfinished, final)
        except OSError as problem:
            raise SetupError(
                f"{final.parent} cannot be used ({problem.strerror or problem}); "
                "name another cache folder in XDG_CACHE_HOME, or put uv on PATH"
            ) from None
        except subprocess.CalledProcessError as failed:
            raise SetupError(
                f"uv is not on PATH, and pip could not install uv {UV_VERSION} "
                f"(exit code {failed.returncode})"
            ) from None
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return binary


def _install_uv(unfinished: Path, final: Path) -> None:
    venv.create(unfinished, with_pip=True)
    subprocess.run(
        [
            *(unfinished / "bin" / "python", "-m", "pip", "install", "--quiet"),
            *("--require-hashes", "--no-deps", "--only-binary=:all:", "-r", UV_LOCK),
        ],
        check=True,
    )
    try:
        unfinished.rename(final)
    except OSError:
        if not (final / "bin" / "uv").exists():  # else another set-up was faster
            raise


def resolve(tool: Path) -> None:
    """Resolve what is wanted into the locks, for every platform, with hashes and without addresses."""
    options = [
        *("--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-emit-index-url", "--no-header"),
    ]
    for wanted in (
        ["--group", "dev", "pyproject.toml", "-o", LOCK.name],
        [".ci/tools.in", "-o", ".ci/tools.lock"],
    ):
        subprocess.run([str(tool), "pip", "compile", "--quiet", *options, *wanted], check=True, cwd=ROOT)


def main() -> int:
    """Create or update `.venv`; exit code 0 when it matches the lock, 1 with the reason, 130 after Ctrl-C."""
    if sys.version_info < MINIMAL_PYTHON:
        wanted = ".".join(map(str, MINIMAL_PYTHON))
        sys.stderr.write(
            f"setup: this is Python {sys.version.split()[0]}; Clip-It needs {wanted} or later.\n"
        )
        return 1
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        # Of its builds uv leaves a lock file in the folder for temporary files, and pip, interrupted, more.
        with tempfile.TemporaryDirectory(prefix="clip-it-setup-", ignore_cleanup_errors=True) as temporary:
            os.environ["TMPDIR"] = temporary
            _set_up(uv())
    except SetupError as problem:
        sys.stderr.write(f"setup: {problem}\n")
        return 1
    except subprocess.CalledProcessError as failed:
        sys.stderr.write(
            f"setup: {' '.join(map(str, failed.cmd))} exited with {failed.returncode}; see above.\n"
        )
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("setup: interrupted; the next run continues\n")
        return 128 + signal.SIGINT
    return 0


def _set_up(tool: Path) -> None:
    if sys.argv[1:] == ["--lock"]:
        resolve(tool)
        return
    if not (ENVIRONMENT / "bin" / "python").exists():
        say(f"creating {ENVIRONMENT.name} with Python {sys.version.split()[0]}")
        subprocess.run(
            [str(tool), "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT)],
            check=True,
        )
    inside = {**os.environ, "VIRTUAL_ENV": str(ENVIRONMENT)}
    say(f"installing {LOCK.name}")
    subprocess.run([tool, "pip", "sync", "--quiet", "--require-hashes", LOCK], check=True, env=inside)
    subprocess.run(
        [
            *(tool, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"),
            *("--editable", ROOT, "--editable", CLIENT),
        ],
        check=True,
        env=inside,
    )
    subprocess.run(
        [ENVIRONMENT / "bin" / "python", "-m", "local.toolchain.engine_wheels"], check=True, cwd=ROOT
    )
    (ENVIRONMENT / "ready").touch()
    say("ready")


if __name__ == "__main__":
    sys.exit(main())
