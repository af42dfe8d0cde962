"""A tenant whose receivers hang gets little time for a while; the others get theirs."""

from dataclasses import dataclass

from handlers.notifier.slow_receivers import (
    HELD_UP_SECONDS,
    HURRIED_LOOK_UP_SECONDS,
    HURRIED_SECONDS,
    MOST_TENANTS,
    REMEMBERED_SECONDS,
    SlowReceivers,
)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_holds_us_up_gets_little_time_and_nobody_else_does() -> None:
    slow = SlowReceivers(now=Clock(), chance=lambda: 0.5)
    slow.note("hangs", 15.0)
    slow.note("answers", 4.9)
    assert slow.has("hangs")
    assert not slow.has("answers")


def test_after_a_while_it_gets_its_full_time_again_whatever_it_did_meanwhile() -> None:
    assert HURRIED_LOOK_UP_SECONDS + HURRIED_SECONDS < HELD_UP_SECONDS
    clock = Clock()
    slow = SlowReceivers(now=clock, chance=lambda: 0.5)
    slow.note("hangs", 15.0)
    clock.now = REMEMBERED_SECONDS - 1
    slow.note("hangs", HURRIED_LOOK_UP_SECONDS + HURRIED_SECONDS)
    assert slow.has("hangs")
    clock.now = REMEMBERED_SECONDS
    assert not slow.has("hangs")


def test_what_is_remembered_has_a_bound() -> None:
    slow = SlowReceivers(now=Clock(), chance=lambda: 0.5)
    for number in range(MOST_TENANTS + 10):
        slow.note(f"tenant{number}", 15.0)
    assert not slow.has("tenant0")
    assert slow.has(f"tenant{MOST_TENANTS + 9}")
