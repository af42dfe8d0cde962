"""Unpacks the wheels of the archive that fit the running Python into its folder `lib`.

Runs once on an instance, in the folder of the archive, with nothing but the standard library. The archive's
checksum was compared before, so what lies in it is trusted.
"""

import compileall
import shutil
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

FITS_EVERY_VERSION = frozenset({"abi3", "none"})


class NoWheelError(Exception):
    """The archive has no wheel of a distribution for this Python."""


def fitting(wheels: Iterable[Path], version: tuple[int, int]) -> list[Path]:
    """One wheel of each distribution, by the tags in its name (PEP 427).

    Raises:
        NoWheelError: none of a distribution's wheels is for this version.
    """
    python = f"cp{version[0]}{version[1]}"
    names, found = set[str](), dict[str, Path]()
    for wheel in sorted(wheels):
        name, _, tag, abi, _ = wheel.stem.split("-")
        names.add(name)
        if tag == python or abi in FITS_EVERY_VERSION:
            found[name] = wheel
    if missing := sorted(names - found.keys()):
        given = f"{version[0]}.{version[1]}"
        raise NoWheelError(f"the archive has no wheel of {', '.join(missing)} for Python {given}")
    return list(found.values())


def unpack(wheel: Path, into: Path) -> None:
    """The files of a wheel, programs among them as programs."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            written = Path(archive.extract(member, into))
            if written.is_file() and member.external_attr >> 16 & 0o100:
                written.chmod(0o755)


def main() -> int:
    """Unpack all, and note which Python they are for; 1 when one is missing."""
    try:
        chosen = fitting(Path("wheels").iterdir(), sys.version_info[:2])
    except NoWheelError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    for wheel in chosen:
        unpack(wheel, Path("lib"))
    shutil.rmtree("wheels")
    # The agent's user may not write here, so it is now or with every render.
    compileall.compile_dir(".", quiet=2)
    Path("python").write_text(f"{sys.executable}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
