"""Ends the work of a stack: takes no new renders, and waits until the accepted ones have ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cli import aws
from cli.display.display import Display
from cli.exits import CommandError, Exit
from cli.teardown.work import Work

_ASK_S = 5.0
_QUIET_LOOKS = 2
"""Looks in a row that must find nothing: the index by state and the counts of a queue are a moment late."""


class LateError(CommandError):
    """Work is left when the deadline is over; it goes on."""

    code = Exit.TOO_LATE


class Workplace(Protocol):
    """A deployed stack."""

    def stop(self) -> None:
        """Take no new renders."""

    def left(self) -> Work:
        """The work that is left."""


@dataclass(frozen=True, kw_only=True)
class Draining:
    """One drain of a stack."""

    stack: Workplace
    display: Display
    deadline_s: float
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(self) -> None:
        """Stop the API and wait until no work is left.

        Raises:
            LateError: Work is left when the deadline is over.
            CommandError: AWS refused or did not answer.
        """
        until = self.clock() + self.deadline_s
        with aws.calling():
            self.stack.stop()
        seen, quiet = "", 0
        while True:
            with aws.calling():
                left = self.stack.left()
            if left.text() != seen:
                self.display.line(left.text())
            seen, quiet = left.text(), quiet + 1 if left.done else 0
            if quiet >= _QUIET_LOOKS:
                return
            if self.clock() > until:
                raise LateError(
                    f"not drained within {self.deadline_s:.0f} s: {seen}; repeat the command to wait"
                )
            self.pause(_ASK_S)
