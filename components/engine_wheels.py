"""The wheels inside the reference engine's archive: which they are, and where `make setup` has put them."""

import hashlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What `render_engine/` imports; none of them needs another distribution at run time.
DISTRIBUTIONS = ("imageio-ffmpeg", "manimgx-fonts", "manimgx-fonts-cjk", "pillow", "typst")
# The Pythons that the bootstrap accepts: Pillow has a wheel for each.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# Amazon Linux 2023 has glibc 2.34; pip takes a wheel only for a platform that is named.
PLATFORMS = tuple(f"manylinux_2_{minor}_x86_64" for minor in (17, 27, 28, 34))
_BLOCK = re.compile(r"^([a-z0-9-]+)==\S+(?: ;[^\\\n]*)? \\\n(?:    --hash=\S+(?: \\)?\n)+", re.MULTILINE)


class NoWheelsError(RuntimeError):
    """The wheels were never fetched for this lock; the text says what to do."""


def requirements(root: Path = ROOT) -> str:
    """The lines of the project's lock for these distributions: versions and hashes.

    Raises:
        LookupError: when the lock lacks one of them.
    """
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    blocks = {found[1]: found[0] for found in _BLOCK.finditer(lock)}
    if missing := [name for name in DISTRIBUTIONS if name not in blocks]:
        raise LookupError(f"requirements.lock has no {', '.join(missing)}; run `make lock`.")
    return "".join(blocks[name] for name in DISTRIBUTIONS)


def folder(root: Path = ROOT) -> Path:
    """Where the wheels lie: in the environment that runs this, under a name that changes with their lock."""
    wanted = "\n".join((requirements(root), *PYTHONS, *PLATFORMS))
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:16]
    return Path(sys.prefix) / "share" / "clip-it" / f"engine-wheels-{digest}"


def wheels(root: Path = ROOT) -> list[Path]:
    """The wheels, whose hashes pip has compared with the lock when it fetched them.

    Raises:
        NoWheelsError: they are not there.
    """
    found = sorted(folder(root).glob("*.whl"))
    if not found:
        raise NoWheelsError(
            f"There are no wheels of the reference engine in {folder(root)}; run `make setup`."
        )
    return found
