"""Answers of AWS that are kept for some seconds, shared by all tabs, and kept longer when AWS refuses."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

import botocore.exceptions

from cli.console.allowed import NotAllowedError
from cli.exits import CommandError
from cli.trace.calls import NoCallsLeftError
from handlers.jobs.error_codes import code_of
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store.reading import UnreadableItemError

T = TypeVar("T")

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_MOST_KEPT = 50
"""Answers: some fleets and the renders that an operator has looked at last."""


class State(StrEnum):
    """Why something could not be read."""

    DENIED = "denied"
    THROTTLED = "throttled"
    EXPIRED = "expired"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why something could not be read, and what to do."""

    state: State
    text: str


@dataclass(frozen=True, kw_only=True)
class Answer(Generic[T]):
    """The last value that could be read and when, and what is in the way of a newer one."""

    value: T | None
    read_at: float | None
    trouble: Trouble | None = None


@dataclass
class Answers(Generic[T]):
    """The last answer for each name; one caller at a time reads, the others wait for its answer."""

    keep_s: float
    lock: threading.Lock
    """Shared by all answers of one session of boto3, which makes one client at a time."""
    now: Callable[[], float] = time.time
    _kept: OrderedDict[str, tuple[float, Answer[T]]] = field(default_factory=OrderedDict)

    def of(self, name: str, read: Callable[[], T]) -> Answer[T]:
        """The answer of this name, read again once it is older than `keep_s`.

        Raises:
            CommandError: What is asked for does not exist.
        """
        with self.lock:
            asked_at, last = self._kept.get(name, (float("-inf"), Answer[T](value=None, read_at=None)))
            if self.now() - asked_at < self.keep_s:
                return last
            answer = self._read(read, last)
            self._kept[name] = (self.now(), answer)
            self._kept.move_to_end(name)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return answer

    def _read(self, read: Callable[[], T], last: Answer[T]) -> Answer[T]:
        try:
            return Answer(value=read(), read_at=self.now())
        except CommandError:
            raise
        except (
            botocore.exceptions.BotoCoreError,
            botocore.exceptions.ClientError,
            NoCallsLeftError,
            NotAllowedError,
            TryAgainLater,
            UnreadableItemError,
        ) as problem:
            return Answer(value=last.value, read_at=last.read_at, trouble=trouble_of(problem))


def trouble_of(problem: Exception) -> Trouble:
    """What a failed read means to an operator."""
    cause = problem.__cause__ if isinstance(problem, TryAgainLater) and problem.__cause__ else problem
    if isinstance(cause, botocore.exceptions.ClientError):
        code, operation = code_of(cause), cause.operation_name
        if code in _DENIED:
            return Trouble(
                state=State.DENIED,
                text=f"your credentials may not call {operation}; the stack's output operator_read_policy "
                "allows it",
            )
        if code in _EXPIRED:
            return Trouble(state=State.EXPIRED, text="your credentials have expired; renew them and reload")
        if code in _THROTTLED:
            return Trouble(state=State.THROTTLED, text=f"AWS throttles {operation}; it is tried again")
    if isinstance(cause, botocore.exceptions.NoCredentialsError | botocore.exceptions.TokenRetrievalError):
        return Trouble(state=State.EXPIRED, text=f"no valid credentials: {cause}; renew them and reload")
    return Trouble(state=State.UNREADABLE, text=str(cause))
