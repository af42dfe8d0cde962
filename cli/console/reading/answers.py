"""Answers of AWS that are kept for some seconds, shared by all tabs, and kept longer when AWS refuses."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import botocore.exceptions

from cli.console.allowed import NotAllowedError
from cli.console.reading.trouble import Trouble, trouble_of
from cli.exits import CommandError
from cli.trace.calls import NoCallsLeftError
from cli.trace.logs import LateQueryError
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store.reading import UnreadableItemError

T = TypeVar("T")

_MOST_KEPT = 50
"""Answers: some fleets and the renders that an operator has looked at last."""


@dataclass(frozen=True, kw_only=True)
class Answer(Generic[T]):
    """The last value that could be read and when, and what is in the way of a newer one."""

    value: T | None
    read_at: float | None
    trouble: Trouble | None = None


@dataclass
class _Kept(Generic[T]):
    """One answer, and when it was asked for; whoever holds the lock reads."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_at: float = float("-inf")
    answer: Answer[T] = field(default_factory=lambda: Answer(value=None, read_at=None))


@dataclass
class Answers(Generic[T]):
    """The last answer for each name; one caller reads it, the others wait for what that one gets."""

    keep_s: float
    now: Callable[[], float] = time.time
    _kept: OrderedDict[str, _Kept[T]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, name: str, read: Callable[[], T]) -> Answer[T]:
        """The answer of this name, read again once it is older than `keep_s`.

        Raises:
            CommandError: What is asked for does not exist.
        """
        kept = self._place_of(name)
        with kept.lock:
            if self.now() - kept.asked_at >= self.keep_s:
                kept.answer = self._read(read, kept.answer)
                kept.asked_at = self.now()
            return kept.answer

    def _place_of(self, name: str) -> _Kept[T]:
        with self._lock:
            kept = self._kept.setdefault(name, _Kept[T]())
            self._kept.move_to_end(name)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return kept

    def _read(self, read: Callable[[], T], last: Answer[T]) -> Answer[T]:
        try:
            return Answer(value=read(), read_at=self.now())
        except CommandError:
            raise
        except (
            botocore.exceptions.BotoCoreError,
            botocore.exceptions.ClientError,
            LateQueryError,
            NoCallsLeftError,
            NotAllowedError,
            TryAgainLater,
            UnreadableItemError,
        ) as problem:
            return Answer(value=last.value, read_at=last.read_at, trouble=trouble_of(problem))
