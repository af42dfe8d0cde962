"""A signal ends the work wherever it arrives, also where Python drops exceptions."""

import os
import signal
import sys
import time

import pytest

from local.processes import signals
from local.processes.signals import Interrupted

ENDS = [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Interrupted), (signal.SIGHUP, Interrupted)]


class Finalized:
    """Gets the signal while it is thrown away."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)
        for _ in range(1000):  # the handler runs between two steps of the interpreter
            pass


def interrupted(number: signal.Signals) -> None:
    with signals.as_exceptions():
        os.kill(os.getpid(), number)
        work_for(10)


def interrupted_in_a_finalizer(number: signal.Signals, *, then_work_s: float) -> None:
    with signals.as_exceptions():
        Finalized(number)
        work_for(then_work_s)


def work_for(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)


@pytest.mark.parametrize(("number", "error"), ENDS, ids=str)
def test_a_signal_ends_the_work(number, error):
    with pytest.raises(error):
        interrupted(number)


@pytest.mark.parametrize(("number", "error"), ENDS, ids=str)
def test_a_signal_whose_exception_a_finalizer_swallowed_ends_the_work_all_the_same(number, error, capfd):
    began = time.monotonic()
    with pytest.raises(error):
        interrupted_in_a_finalizer(number, then_work_s=10)

    assert time.monotonic() - began < 5
    assert capfd.readouterr().err == ""


def test_a_swallowed_signal_is_raised_at_the_latest_when_the_work_is_done():
    with pytest.raises(Interrupted, match="SIGTERM"):
        interrupted_in_a_finalizer(signal.SIGTERM, then_work_s=0)
    work_for(0.2)  # and not once more, when it would end whoever called


def test_other_errors_of_finalizers_are_told_as_ever(monkeypatch):
    class Broken:
        def __del__(self) -> None:
            raise ValueError("broken finalizer")

    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: told.append(str(it.exc_value)))
    with signals.as_exceptions():
        Broken()

    assert told == ["broken finalizer"]
