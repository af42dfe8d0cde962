"""Minutes of a local stack last until all has happened that happens in every minute."""

import threading
from collections.abc import Callable, Iterator

import pytest

from local import minutes as module
from local.minutes import Minutes

FAST = 6000.0
"""A minute of a machine that keeps up lasts 10 ms."""
Start = Callable[..., None]


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    stop = threading.Event()
    yield stop
    stop.set()


@pytest.fixture
def start(stop: threading.Event) -> Iterator[Start]:
    threads: list[threading.Thread] = []

    def start(work: Callable[..., None], *given: object) -> None:
        threads.append(threading.Thread(target=work, args=(*given, stop), daemon=True))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)


def test_minutes_pass_at_their_pace(start: Start) -> None:
    third = threading.Event()
    minutes = Minutes(FAST)
    minutes.at_end = lambda: third.set() if minutes.number == 2 else None
    start(minutes.work)
    assert third.wait(5)


def test_a_minute_does_not_end_before_what_happens_every_minute_has_happened(start: Start) -> None:
    minutes, called, answer = Minutes(FAST), threading.Semaphore(0), threading.Semaphore(0)
    seen: list[int] = []

    def slow() -> None:
        seen.append(minutes.number)
        called.release()
        answer.acquire(timeout=5)

    start(minutes.every, 1, slow)
    start(minutes.work)
    for number in range(3):
        assert called.acquire(timeout=5)
        threading.Event().wait(0.03)  # three of its minutes, in which it must stay where it is
        assert minutes.number == number
        answer.release()
    assert seen == [0, 1, 2]
    answer.release()


def test_what_happens_every_few_minutes_holds_no_other_minute_up(start: Start) -> None:
    minutes, seen, enough = Minutes(FAST), list[int](), threading.Event()

    def act() -> None:
        seen.append(minutes.number)
        if len(seen) == 3:
            enough.set()

    start(minutes.every, 5, act)
    start(minutes.work)
    assert enough.wait(5)
    assert seen == [0, 5, 10]


def test_what_hangs_holds_a_minute_up_for_one_of_the_clock_at_most(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.2)
    minutes, never, second = Minutes(20), threading.Event(), threading.Event()
    minutes.at_end = lambda: second.set() if minutes.number == 1 else None
    start(minutes.every, 1, lambda: never.wait(5))
    start(minutes.work)
    assert second.wait(2)
    never.set()


def test_whoever_stops_is_not_waited_for(start: Start) -> None:
    minutes, stop = Minutes(FAST), threading.Event()
    begun, second = threading.Event(), threading.Event()
    start(lambda _stop: minutes.every(1, begun.set, stop))
    assert begun.wait(5)
    stop.set()
    minutes.at_end = lambda: second.set() if minutes.number == 1 else None
    start(minutes.work)
    assert second.wait(5)
