"""Waits out trouble with AWS: a bounded number of tries, growing pauses, jitter, and a line for each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from handlers.jobs.error_codes import code_of
from handlers.jobs.errors import TryAgainLater
from handlers.render_agent.logs import EventLog

Answer = TypeVar("Answer")

TROUBLE = (TryAgainLater, ClientError, BotoCoreError)
"""Even a refused permission may pass (a role that has just been changed), and giving up helps nobody."""


@dataclass(frozen=True, kw_only=True)
class Retries:
    """How to retry; `pause` returns early when the agent must leave."""

    event_log: EventLog
    pause: Callable[[float], None]
    hurried: Callable[[], bool]
    random: Random
    first_seconds: float = 0.5
    longest_seconds: float = 20.0
    tries: int = 6
    tries_in_a_hurry: int = 3

    def long(self) -> "Retries":
        """For what nothing can be done without."""
        return replace(self, tries=self.tries * 5)

    def once(self) -> "Retries":
        """For what is good to have, when there is no time."""
        return replace(self, tries=1, tries_in_a_hurry=1)

    def insist(self, what: str, action: Callable[[], Answer]) -> Answer:
        """The answer of `action`, after as many tries as allowed.

        Raises:
            TryAgainLater: every try met trouble.
        """
        number = 0
        while True:
            number += 1
            try:
                return action()
            except TROUBLE as error:
                self.event_log.warn("aws_trouble", what=what, tries=number, error=describe(error))
                if number >= (self.tries_in_a_hurry if self.hurried() else self.tries):
                    raise TryAgainLater(f"{what}: {describe(error)}") from error
                self.pause(self.seconds_before(number))

    def seconds_before(self, number: int) -> float:
        """How long to wait after the n-th failure: doubled each time, half of it by chance."""
        full = min(self.longest_seconds, self.first_seconds * float(2 ** (number - 1)))
        return full * (0.5 + self.random.random() / 2)


def describe(error: Exception) -> str:
    """An error on one line, short, and without the request that caused it."""
    if isinstance(error, ClientError):
        return f"{code_of(error)} on {error.operation_name}"
    return f"{type(error).__name__}: {error}"[:300]
