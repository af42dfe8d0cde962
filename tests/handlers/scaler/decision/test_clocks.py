"""After a clock was set back, everything goes on at once, and not when time has caught up."""

from dataclasses import replace

import pytest

from handlers.scaler.decision import Instance, Stage, decide
from handlers.scaler.decision.history import Boot, History, News
from handlers.scaler.decision.learning import learned
from handlers.scaler.decision.load.surges import Surge
from handlers.scaler.decision.memory import Breaker, Circuit, Memory

AHEAD = (1.0, 1_800.0, 1e9)
NOW = 10_000.0


@pytest.mark.parametrize("ahead_s", AHEAD)
def test_a_breaker_cools_for_its_time_and_no_longer(look, limits, ahead_s) -> None:
    memory = Memory(capacity=Breaker(circuit=Circuit.OPEN, since=NOW + ahead_s, cause="quota"))
    seen = look(queued=3, memory=memory)
    first = decide(seen, limits(breaker_open_s=300)).memory
    later = decide(replace(seen, memory=first, taken_at=NOW + 300), limits(breaker_open_s=300)).memory
    assert later.capacity.circuit is Circuit.HALF_OPEN


@pytest.mark.parametrize("ahead_s", AHEAD)
def test_an_unwanted_instance_leaves_after_its_idle_time(look, limits, instances, ahead_s) -> None:
    limit = limits(idle_before_scale_in_s=120)
    seen = look(instances=instances(idle=2), memory=Memory(peaks=((NOW + ahead_s, 0),)))
    first = decide(seen, limit)
    assert first.drain == ()
    assert len(decide(replace(seen, memory=first.memory, taken_at=NOW + 121), limit).drain) == 2


@pytest.mark.parametrize("ahead_s", AHEAD)
def test_a_boot_is_overdue_after_its_deadline(look, limits, ahead_s) -> None:
    limit, begun = limits(), NOW + ahead_s
    booting = {"i-1": Boot(launched_at=begun, stage="online", since=begun)}
    history = learned(History(booting=booting), Memory(), News(), limit, NOW)
    assert (history.booting["i-1"].launched_at, history.booting["i-1"].since) == (NOW, NOW)
    coming = Instance(id="i-1", stage=Stage.ONLINE, launched_at=begun, since=begun)
    assert decide(look(instances=(coming,)), limit).replace == ()


@pytest.mark.parametrize("ahead_s", AHEAD)
def test_a_rise_under_watch_is_judged_a_boot_later(look, limits, ahead_s) -> None:
    memory = Memory(surge=Surge(since=NOW + ahead_s, usual=0.1, risen=0.5))
    first = decide(look(memory=memory), limits()).memory
    assert first.surge.since == NOW
    assert decide(look(memory=first, taken_at=NOW + 200), limits()).memory.surge.count == 1


def test_nothing_is_changed_while_the_clock_goes_on(look, limits, instances) -> None:
    memory = Memory(peaks=((9_000.0, 2),), last_out=9_990.0, launched=((9_990.0, 2),))
    seen = look(instances=instances(idle=2), memory=memory)
    assert decide(seen, limits()).memory.last_out == 9_990.0
