"""`python -m local.toolchain.engine_wheels` fetches the wheels of the reference engine's archive, by hash."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from components import engine_wheels
from local.toolchain.environment import SetupError, say, uv

# uv installs wheels and cannot keep them.
PIP = "pip==26.3"


def fetch(tool: Path) -> None:
    """Put the wheels where the program looks for them; an interrupted download leaves nothing there.

    Raises:
        subprocess.CalledProcessError: the index cannot be reached, or a hash differs from the lock.
    """
    final = engine_wheels.folder()
    if final.is_dir():
        return
    say("fetching the wheels of the reference engine")
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent, prefix=".engine-wheels-") as made:
        unfinished, lock = Path(made) / "wheels", Path(made) / "requirements.txt"
        lock.write_text(engine_wheels.requirements(), encoding="utf-8")
        for python in engine_wheels.PYTHONS:
            subprocess.run(_download(tool, python, lock, unfinished), check=True)
        for earlier in final.parent.glob("engine-wheels-*"):
            shutil.rmtree(earlier)
        unfinished.rename(final)


def _download(tool: Path, python: str, lock: Path, into: Path) -> list[str]:
    platforms = [word for name in engine_wheels.PLATFORMS for word in ("--platform", name)]
    return [
        *(str(tool), "tool", "run", "--quiet", "--from", PIP, "pip", "download", "--quiet", "--quiet"),
        *("--only-binary=:all:", "--no-deps", "--require-hashes", "--requirement", str(lock)),
        *("--python-version", python, *platforms, "--dest", str(into)),
    ]


def main() -> int:
    """Fetch them; 1 with the reason when they cannot be had."""
    try:
        fetch(uv())
    except SetupError as problem:
        sys.stderr.write(f"setup: {problem}\n")
        return 1
    except subprocess.CalledProcessError as failed:
        sys.stderr.write(f"setup: pip ended with code {failed.returncode}; see above.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
