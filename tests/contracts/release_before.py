"""The handlers of the release before, loaded beside today's: from the last tag, or from the last commit.

A release's code is taken out of Git into a folder and imported under the names that it knows, `handlers` and
`tests.handlers`, while today's modules of these names are put aside. Both sets of modules then live in one
process, each with its own classes, and meet on a table and on queues only, as in AWS.
"""

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
TAKEN = ("handlers", "tests/handlers", "tests/aws.py", "tests/job_table.py")
"""Whatever the modules of `tests/handlers/life` import."""
LIFE = "tests.handlers.life"


def revision() -> str:
    """The last tagged release, or the last commit while there is none."""
    found = _git("describe", "--tags", "--abbrev=0", "--match", "v*", check=False)
    return found.decode().strip() or "HEAD"


def take_out(folder: Path) -> str:
    """Write the code of the release before into a folder; gives its revision."""
    of = revision()
    with tarfile.open(fileobj=io.BytesIO(_git("archive", of, "--", *TAKEN))) as archive:
        archive.extractall(folder, filter="data")
    return of


@dataclass(frozen=True)
class Release:
    """The modules of `tests/handlers/life` over the handlers of one release."""

    world: ModuleType
    memory_table: ModuleType


def loaded() -> Release:
    """Today's."""
    return Release(world=import_module(f"{LIFE}.world"), memory_table=import_module(f"{LIFE}.memory_table"))


def loaded_from(folder: Path) -> Release:
    """Those in a folder, over the handlers in the folder."""
    with _in_place_of_todays(folder):
        return loaded()


@contextmanager
def _in_place_of_todays(folder: Path) -> Iterator[None]:
    todays = {name: sys.modules.pop(name) for name in list(sys.modules) if _replaced(name)}
    sys.path.insert(0, str(folder))
    invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if _replaced(name)]:
            del sys.modules[name]
        sys.modules.update(todays)
        invalidate_caches()


def _replaced(name: str) -> bool:
    return name.partition(".")[0] in {"handlers", "tests"}


def _git(*words: str, check: bool = True) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=check).stdout
