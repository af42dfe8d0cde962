"""Something that goes on until an incident is mended."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY_S = 0.3


@contextmanager
def repeatedly(act: Callable[[], object], every_s: float = EVERY_S) -> Iterator[None]:
    """Do something again and again while the block lasts."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(every_s):
            act()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
