"""The local stack that a checkout has one of, for tests in several processes."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = Path(__file__).parents[1] / "build" / "tests-on-local-stack.lock"


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other test has the stack of this checkout, and keep it while the block lasts."""
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
