"""The event sources of functions: pollers of streams and queues and clocks of schedules, a thread each."""

import threading
from collections.abc import Callable
from typing import Protocol

from botocore.exceptions import ClientError

_TROUBLE_PAUSE_S = 1.0
_NOTICE_S = 10.0
"""Within this the removal of a mapping has been noticed, also on a busy machine."""
_VANISHED = frozenset(
    {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "ResourceNotFoundException"}
)


class Source(Protocol):
    """Something that feeds a function."""

    def feed(self, stop: threading.Event) -> None:
        """Feed the function until `stop` is set."""


def patiently(source: Source, stop: threading.Event, trouble: Callable[[str], None]) -> None:
    """Feed; when the emulator fails or the source vanishes, say so and begin again.

    A queue is deleted right after its mapping, before anybody has noticed that: whoever is asked to
    stop soon after its source has vanished has nothing to say.
    """
    while not stop.is_set():
        try:
            source.feed(stop)
        except Exception as problem:
            if _vanished(problem):
                stop.wait(_NOTICE_S)
            if not stop.is_set():
                trouble(f"{type(problem).__name__}: {problem}")
            stop.wait(_TROUBLE_PAUSE_S)


def _vanished(problem: Exception) -> bool:
    answer = problem.response if isinstance(problem, ClientError) else {}
    return answer.get("Error", {}).get("Code") in _VANISHED
