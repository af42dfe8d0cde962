"""Signals that end a program: as exceptions while it works, ignored while it puts everything away."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_S = 0.05


class Interrupted(BaseException):
    """Somebody asked the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class _Swallowed:
    """A signal whose exception was raised where Python drops it (in a finalizer) is raised again.

    Python would print a traceback and go on as if nobody had asked.
    """

    def __init__(self) -> None:
        self._number: int | None = None
        self._otherwise = sys.unraisablehook

    def note(self, unraisable: "UnraisableHookArgs") -> None:
        """Stands in for `sys.unraisablehook`."""
        problem = unraisable.exc_value
        if not isinstance(problem, Interrupted | KeyboardInterrupt):
            self._otherwise(unraisable)
            return
        self._number = problem.number if isinstance(problem, Interrupted) else signal.SIGINT
        # Not from here: whatever is raised in this function is dropped as well.
        again = threading.Timer(_AGAIN_S, self._send)
        again.daemon = True
        again.start()

    def forget(self) -> None:
        """The exception is on its way once more, or the work is over."""
        self._number = None

    def settle(self) -> None:
        """At the end of the work, which a signal that nobody has heard must not outlive."""
        if self._number is not None:
            raise Interrupted(self._number)

    def _send(self) -> None:
        main = threading.main_thread().ident
        if self._number is not None and main is not None:
            signal.pthread_kill(main, self._number)


@contextmanager
def as_exceptions() -> Iterator[None]:
    """SIGTERM and SIGHUP end the program as Ctrl-C does, so that everything is ended in order.

    SIGINT is claimed as well: a shell starts its background jobs deaf to it.
    """
    swallowed = _Swallowed()

    def end(number: int, frame: FrameType | None) -> None:
        swallowed.forget()
        if number == signal.SIGINT:
            signal.default_int_handler(number, frame)
        raise Interrupted(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, end) for number in numbers}
    hook, sys.unraisablehook = sys.unraisablehook, swallowed.note
    try:
        yield
        swallowed.settle()
    finally:
        swallowed.forget()
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ignored() -> Iterator[None]:
    """Nobody interrupts what is being put away; that takes seconds at most."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
