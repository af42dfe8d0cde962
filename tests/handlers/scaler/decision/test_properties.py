"""What holds for every snapshot whatever, by hypothesis."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.scaler.codec import dumps, loads
from handlers.scaler.decision import Decision, Instance, Limits, Snapshot, Stage, decide, sanitize
from handlers.scaler.decision.bounds import affordable
from handlers.scaler.decision.estimate import Estimate
from handlers.scaler.decision.history import History
from handlers.scaler.decision.load.arrivals import Arrivals, Histogram, added
from handlers.scaler.decision.load.durations import BINS, observed
from handlers.scaler.decision.load.forecast import Errors
from handlers.scaler.decision.load.surges import Surge
from handlers.scaler.decision.memory import Breaker, Circuit, Memory
from handlers.scaler.decision.price import LEAST, MOST, Lateness
from handlers.scaler.decision.sanitize import sanitized
from handlers.scaler.decision.snapshot import LaunchError

seconds = st.floats(0, 1e6)
counts = st.integers(0, 300)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    return Estimate(count=draw(st.floats(0, 1e6)), mean=draw(st.floats(0, 1e5)))


@st.composite
def some_limits(draw: st.DrawFn) -> Limits:
    minimum, price = draw(st.integers(0, 20)), draw(st.floats(0.01, 50))
    return Limits(
        minimum=minimum,
        maximum=minimum + draw(st.integers(0, 100)),
        wait_objective_s=draw(seconds),
        wait_quantile=draw(st.floats(0.5, 0.999)),
        service_s=draw(st.floats(0.1, 1e5)),
        boot_s=draw(st.floats(0.1, 1e4)),
        idle_before_scale_in_s=draw(st.sampled_from(["priced", "never"]) | seconds),
        billing_minimum_s=draw(st.floats(0, 3600)),
        wait_price=draw(st.floats(0, 100)),
        look_s=draw(st.floats(1, 3600)),
        silence_s=draw(st.floats(1, 3600)),
        launch_deadline_s=draw(st.floats(1, 3600)),
        bootstrap_deadline_s=draw(st.floats(1, 3600)),
        heartbeat_deadline_s=draw(st.floats(1, 3600)),
        replacements=draw(st.integers(1, 50)),
        replacement_window_s=draw(st.floats(1, 7200)),
        launches_per_minute=draw(st.integers(1, 500)),
        unfulfilled_s=draw(st.floats(1, 3600)),
        breaker_open_s=draw(st.floats(1, 3600)),
        on_demand_price=price,
        spot_price=draw(st.floats(0, 50)),
        on_demand_base=draw(st.integers(0, 20)),
        spot_share=draw(st.floats(0, 1)),
        spend_ceiling=draw(st.just("unlimited") | st.floats(max(0.01, minimum * price), 2000)),
    )


@st.composite
def breakers(draw: st.DrawFn) -> Breaker:
    return Breaker(circuit=draw(st.sampled_from(Circuit)), since=draw(seconds), cause="")


@st.composite
def surges(draw: st.DrawFn) -> Surge:
    return Surge(
        since=draw(st.none() | seconds),
        usual=draw(st.floats(0, 100)),
        risen=draw(st.floats(0, 100)),
        lasting=draw(st.floats(0, 1)),
        count=draw(st.floats(0, 1e6)),
    )


@st.composite
def memories(draw: st.DrawFn) -> Memory:
    levels = sorted(draw(st.sets(st.integers(0, 50), max_size=4)), reverse=True)
    since = sorted(draw(st.lists(seconds, min_size=len(levels), max_size=len(levels))))
    return Memory(
        capacity=draw(breakers()),
        fleet=draw(breakers()),
        spot=draw(breakers()),
        peaks=tuple(zip(since, levels, strict=True)),
        jobs=tuple(zip(since, levels, strict=True)),
        gaps=draw(st.just(()) | st.tuples(*[st.floats(0, 200)] * 13)),
        errors=Errors(
            due=draw(st.none() | seconds),
            mean=draw(st.floats(0, 1e4)),
            variance=draw(st.floats(0, 1e4)),
            affordable=draw(counts),
            spread=draw(st.floats(0.5, 25)),
            count=draw(st.floats(0, 1e6)),
        ),
        surge=draw(surges()),
        replaced=tuple(draw(st.lists(seconds, max_size=5))),
        launched=tuple(draw(st.lists(st.tuples(seconds, counts), max_size=3))),
        unfulfilled_since=draw(st.none() | seconds),
        members=draw(counts),
        boot_success=draw(st.floats(0, 1)),
        boots=draw(st.floats(0, 1e6)),
    )


@st.composite
def histograms(draw: st.DrawFn) -> Histogram:
    seen: Histogram = ()
    for time in sorted(draw(st.lists(seconds, max_size=40))):
        seen = added(seen, time)
    return seen


def steadily(per_ten_s: int) -> Histogram:
    """An hour of so many jobs every ten seconds until 10,000."""
    seen: Histogram = ()
    for n in range(360 * per_ten_s):
        seen = added(seen, 6_400 + 10 * (n + 1) / per_ten_s)
    return seen


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    stages = draw(st.lists(st.sampled_from(Stage), max_size=30))
    instances = tuple(
        Instance(
            id=f"i-{n}",
            stage=stage,
            launched_at=draw(seconds),
            since=draw(seconds),
            silent_s=draw(st.just(0.0) | seconds),
            interrupted=draw(st.booleans()) if stage is Stage.DRAINING else False,
        )
        for n, stage in enumerate(stages)
    )
    queued = draw(counts)
    return Snapshot(
        taken_at=draw(seconds),
        queued=queued,
        oldest_s=draw(seconds) if queued else 0.0,
        desired=draw(st.integers(0, 150)),
        instances=instances,
        history=History(
            arrived=draw(histograms()),
            served=draw(st.just(()) | st.tuples(*[st.floats(0, 200)] * BINS)),
            boot=draw(estimates()),
            lateness=Lateness(
                late=draw(estimates()), beyond_help=draw(estimates()), pressure=draw(st.floats(LEAST, MOST))
            ),
        ),
        memory=draw(memories()),
        launch_errors=tuple(draw(st.sets(st.sampled_from(LaunchError)))),
        blind=draw(st.none() | st.just("the job store is out of reach")),
    )


@settings(max_examples=40, deadline=None)
@given(snapshots(), some_limits())
def test_every_decision_keeps_the_rules(snapshot: Snapshot, limits: Limits) -> None:
    decision = decide(snapshot, limits)
    never_beyond_the_limits(snapshot, limits, decision)
    lowered_by_named_drains_alone(snapshot, limits, decision)
    drains_nothing_that_may_hold_a_job(snapshot, limits, decision)
    assert decision.reason
    assert decision.code


def never_beyond_the_limits(snapshot: Snapshot, limits: Limits, decision: Decision) -> None:
    if decision.raise_to is not None:
        assert decision.raise_to > snapshot.desired
        assert decision.raise_to <= min(limits.maximum, affordable(limits, decision.spot_share))


def lowered_by_named_drains_alone(snapshot: Snapshot, limits: Limits, decision: Decision) -> None:
    before = max(decision.raise_to or snapshot.desired, limits.minimum)
    assert decision.desired in {before - len(decision.drain), limits.minimum}
    assert decision.desired == before or decision.drain
    assert len(set(decision.drain)) == len(decision.drain)
    assert not set(decision.drain) & {*decision.replace}


def drains_nothing_that_may_hold_a_job(snapshot: Snapshot, limits: Limits, decision: Decision) -> None:
    known = {one.id: one for one in snapshot.instances}
    for name in decision.drain:
        assert known[name].stage in {Stage.IDLE, Stage.DRAINING}
        assert not known[name].interrupted
        if known[name].stage is Stage.IDLE:
            assert known[name].silent_s <= limits.silence_s
    if snapshot.blind:
        assert (decision.drain, decision.replace) == ((), ())


numbers = st.floats() | st.sampled_from([0.0, -1.0, 1e9, 1e308, float("nan"), float("inf"), float("-inf")])
wholes = st.integers(-(10**18), 10**18) | counts
estimates_of_any_kind = st.builds(Estimate, count=numbers, mean=numbers)
breakers_of_any_kind = st.builds(Breaker, circuit=st.sampled_from(Circuit), since=numbers)
pairs = st.lists(st.tuples(numbers, wholes), max_size=3).map(tuple)
names = st.sampled_from(["i-1", "i-2", "i-3"])


@st.composite
def snapshots_of_any_kind(draw: st.DrawFn) -> Snapshot:
    """What no clock and no counter gives: times that are none, negative counts, an instance listed twice."""
    instance = st.builds(
        Instance,
        id=names,
        stage=st.sampled_from(Stage),
        launched_at=numbers,
        since=numbers,
        silent_s=numbers,
        interrupted=st.booleans(),
    )
    history = History(
        arrived=tuple(
            draw(st.lists(st.builds(Arrivals, began=numbers, instants=wholes, jobs=wholes), max_size=70))
        ),
        served=tuple(draw(st.lists(numbers, max_size=50))),
        boot=draw(estimates_of_any_kind),
        lateness=Lateness(
            late=draw(estimates_of_any_kind), beyond_help=draw(estimates_of_any_kind), pressure=draw(numbers)
        ),
    )
    memory = Memory(
        capacity=draw(breakers_of_any_kind),
        fleet=draw(breakers_of_any_kind),
        spot=draw(breakers_of_any_kind),
        peaks=draw(pairs),
        jobs=draw(pairs),
        gaps=tuple(draw(st.lists(numbers, max_size=8))),
        errors=draw(
            st.builds(
                Errors,
                due=st.none() | numbers,
                mean=numbers,
                variance=numbers,
                spread=numbers,
                count=numbers,
            )
        ),
        surge=Surge(
            since=draw(st.none() | numbers),
            usual=draw(numbers),
            risen=draw(numbers),
            lasting=draw(numbers),
            count=draw(numbers),
        ),
        replaced=tuple(draw(st.lists(numbers, max_size=3))),
        launched=draw(pairs),
        unfulfilled_since=draw(st.none() | numbers),
        members=draw(wholes),
        boot_success=draw(numbers),
        boots=draw(numbers),
    )
    return Snapshot(
        taken_at=draw(numbers),
        queued=draw(wholes),
        oldest_s=draw(numbers),
        desired=draw(wholes),
        instances=tuple(draw(st.lists(instance, max_size=6))),
        history=draw(st.sampled_from([history, History()])),
        memory=draw(st.sampled_from([memory, Memory()])),
        launch_errors=tuple(draw(st.sets(st.sampled_from(LaunchError)))),
        spot_share=draw(st.none() | numbers),
    )


@settings(max_examples=60, deadline=None)
@given(snapshots_of_any_kind(), some_limits())
def test_whatever_is_seen_there_is_a_decision_and_the_next_one_is_not_poisoned(
    snapshot: Snapshot, limits: Limits
) -> None:
    decision = decide(snapshot, limits)
    working = {one.id for one in snapshot.instances if one.stage is Stage.BUSY}
    assert not working & set(decision.drain)
    assert len(set(decision.drain)) == len(decision.drain)
    assert decision.reason
    assert decision.code
    assert decision.raise_to is None or decision.raise_to <= limits.maximum
    assert loads(Memory, dumps(decision.memory)) == decision.memory, "what is no number equals nothing"
    assert decide(replace(snapshot, memory=decision.memory), limits).reason


@settings(max_examples=50, deadline=None)
@given(snapshots())
def test_what_can_be_is_taken_as_it_is(snapshot: Snapshot) -> None:
    """By the quick look at all numbers together, and by the careful one at each."""
    assert sanitized(snapshot) is snapshot
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sanitize, "_is_plausible", lambda _: False)
        assert sanitized(snapshot) == snapshot


@settings(max_examples=30, deadline=None)
@given(snapshots(), some_limits(), st.integers(1, 200))
def test_a_longer_queue_never_means_fewer_instances(snapshot: Snapshot, limits: Limits, more: int) -> None:
    here, there = decide(snapshot, limits), decide(replace(snapshot, queued=snapshot.queued + more), limits)
    assert there.desired >= here.desired


@settings(max_examples=30, deadline=None)
@given(snapshots(), some_limits())
def test_the_same_snapshot_gives_the_same_decision_also_from_its_record(
    snapshot: Snapshot, limits: Limits
) -> None:
    replayed = decide(loads(Snapshot, dumps(snapshot)), loads(Limits, dumps(limits)))
    assert replayed == decide(snapshot, limits)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40), st.integers(0, 10), st.floats(1, 2000), st.floats(5, 240), st.integers(0, 80))
def test_constant_load_comes_to_rest(
    busy: int, per_ten_s: int, service_s: float, boot_s: float, idle: int
) -> None:
    """Nothing but looks happens for two hours: desired moves twice at most in the second one."""
    limits = replace(QUIET, service_s=service_s, boot_s=boot_s)
    memory, seen, now = Memory(), [], 10_000.0
    history = History(
        arrived=steadily(per_ten_s),
        served=observed((), service_s),
        boot=Estimate(count=200, mean=boot_s),
    )
    for _ in range(60):
        stages = [Stage.BUSY] * busy + [Stage.IDLE] * idle
        group = tuple(
            Instance(id=f"i-{n}", stage=stage, launched_at=0.0, since=0.0) for n, stage in enumerate(stages)
        )
        moved = tuple(replace(one, began=one.began + now - 10_000.0) for one in history.arrived)
        at_rest = replace(history, arrived=moved)
        decision = decide(
            Snapshot(
                taken_at=now,
                queued=0,
                oldest_s=0.0,
                desired=len(group),
                instances=group,
                history=at_rest,
                memory=memory,
            ),
            limits,
        )
        idle, memory, now = decision.desired - busy, decision.memory, now + 120
        seen.append(decision.desired)
    assert sum(one != other for one, other in pairwise(seen[30:])) <= 2, seen


QUIET = Limits(
    minimum=0,
    maximum=500,
    wait_objective_s=60,
    wait_quantile=0.95,
    service_s=100,
    boot_s=120,
    idle_before_scale_in_s="priced",
    billing_minimum_s=60,
    wait_price=2,
    look_s=60,
    silence_s=30,
    launch_deadline_s=240,
    bootstrap_deadline_s=300,
    heartbeat_deadline_s=60,
    replacements=5,
    replacement_window_s=900,
    launches_per_minute=500,
    unfulfilled_s=180,
    breaker_open_s=300,
    on_demand_price=0.4,
    spot_price=0.16,
    on_demand_base=1,
    spot_share=0.8,
    spend_ceiling="unlimited",
)
