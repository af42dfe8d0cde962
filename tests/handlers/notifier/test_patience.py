"""A tenant whose receivers hang gets little time for a while; the others get theirs."""

from dataclasses import dataclass

from handlers.notifier.patience import (
    HELD_UP_SECONDS,
    HURRIED_LOOK_UP_SECONDS,
    HURRIED_SECONDS,
    MOST_TENANTS,
    REMEMBERED_SECONDS,
    Patience,
)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_holds_us_up_gets_little_time_and_nobody_else_does() -> None:
    patience = Patience(now=Clock(), chance=lambda: 0.5)
    patience.note("hangs", 15.0)
    patience.note("answers", 4.9)
    assert patience.is_short_with("hangs")
    assert not patience.is_short_with("answers")


def test_after_a_while_it_gets_its_full_time_again_whatever_it_did_meanwhile() -> None:
    assert HURRIED_LOOK_UP_SECONDS + HURRIED_SECONDS < HELD_UP_SECONDS
    clock = Clock()
    patience = Patience(now=clock, chance=lambda: 0.5)
    patience.note("hangs", 15.0)
    clock.now = REMEMBERED_SECONDS - 1
    patience.note("hangs", HURRIED_LOOK_UP_SECONDS + HURRIED_SECONDS)
    assert patience.is_short_with("hangs")
    clock.now = REMEMBERED_SECONDS
    assert not patience.is_short_with("hangs")


def test_what_is_remembered_has_a_bound() -> None:
    patience = Patience(now=Clock(), chance=lambda: 0.5)
    for number in range(MOST_TENANTS + 10):
        patience.note(f"tenant{number}", 15.0)
    assert not patience.is_short_with("tenant0")
    assert patience.is_short_with(f"tenant{MOST_TENANTS + 9}")
