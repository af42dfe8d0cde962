"""The decision as tables: what is seen, what is done. The requirements have a file of their own."""

from dataclasses import replace

import pytest

from handlers.jobs.reasons import WaitReason
from handlers.scaler.decision import decide
from handlers.scaler.decision.memory import Breaker, Circuit, Memory
from handlers.scaler.decision.snapshot import LaunchError


def test_the_first_job_launches_the_first_instance(look, limits):
    decision = decide(look(queued=1), limits())
    assert decision.raise_to == decision.desired == 1
    assert decision.code is WaitReason.INSTANCE_BOOTING


def test_an_empty_fleet_without_jobs_stays_empty(look, limits):
    decision = decide(look(), limits())
    assert (decision.desired, decision.raise_to, decision.drain) == (0, None, ())


def test_a_long_queue_of_long_jobs_gets_an_instance_each(look, limits):
    decision = decide(look(queued=20), limits(service_s=600, wait_price=2, maximum=100))
    assert decision.desired >= 16


def test_a_long_queue_of_short_jobs_shares_instances(look, limits, history):
    decision = decide(look(queued=100, history=history(service_s=5)), limits())
    assert 10 <= decision.desired <= 30, "five seconds of work are not worth two minutes of boot each"


def test_instances_that_will_be_free_before_a_boot_is_over_count_for_the_queue(
    look, limits, instances, history
):
    group = instances(busy=30)
    decision = decide(look(queued=5, oldest_s=2, instances=group, history=history(service_s=20)), limits())
    assert decision.raise_to is None


def test_a_render_that_has_outlasted_the_others_is_not_waited_for(look, limits, instances, history):
    """All known renders were over within a minute; those that have run for longer will run on."""
    young, old = instances(busy=4, since=9_999.0), instances(busy=4, since=9_000.0)
    known = history(service_s=10)
    waiting = [decide(look(queued=12, instances=group, history=known), limits()) for group in (young, old)]
    assert [one.raise_to for one in waiting] == [None, 8]


def test_a_steady_stream_keeps_standby_and_a_rare_one_does_not(look, limits, instances, history):
    group = instances(idle=3, busy=9)
    steady = decide(look(instances=group, history=history(per_minute=6)), limits())
    rare = decide(look(instances=instances(idle=3), history=history(per_hour=1)), limits())
    assert steady.need.standby > 1
    assert rare.need.standby == 0


def test_no_standby_is_kept_when_a_boot_is_shorter_than_the_objective(look, limits, history):
    quick = limits(boot_s=5, wait_objective_s=60)
    decision = decide(look(history=history(per_minute=1, boot_s=5)), quick)
    assert decision.desired == 0


@pytest.mark.parametrize(
    ("unwanted_for_s", "leaves"), [(359, 0), (361, 2)], ids=["before a launch's worth of idling", "after it"]
)
def test_without_experience_an_unwanted_instance_leaves_after_what_a_launch_costs(
    look, limits, instances, unwanted_for_s, leaves
):
    """A boot of 120 s, and a late start at `wait_price` 2."""
    memory = Memory(peaks=((10_000 - unwanted_for_s, 0),))
    assert len(decide(look(instances=instances(idle=2), memory=memory), limits()).drain) == leaves


def test_it_leaves_at_once_where_nobody_ever_came_back_within_a_boot(look, limits, instances):
    memory = Memory(peaks=((9_995.0, 0),), gaps=(0.0,) * 12 + (50.0,))
    assert len(decide(look(instances=instances(idle=2), memory=memory), limits()).drain) == 2


def test_what_aws_has_not_launched_replaces_nothing_that_is_there(look, limits, instances):
    """Five are owed in a shortage: the two that idle may be all there is for the next half hour."""
    memory = Memory(peaks=((9_000.0, 5),))
    short = look(instances=instances(idle=2), desired=7, memory=memory)
    assert decide(short, limits(minimum=5)).drain == ()
    assert len(decide(replace(short, instances=instances(idle=7)), limits(minimum=5)).drain) == 2


def test_a_need_in_between_starts_the_idle_time_anew(look, limits, instances):
    memory = Memory(peaks=((9_000.0, 0),))
    needed = decide(look(queued=2, instances=instances(idle=2), memory=memory), limits())
    assert needed.memory.peaks == ((9_000.0, 2),)
    assert decide(look(instances=instances(idle=2), memory=needed.memory), limits()).drain == ()


def test_an_instance_stays_until_its_billing_minimum_is_used(look, limits, instances):
    young = instances(idle=1, launched_at=9_950.0)
    assert decide(look(instances=young), limits(idle_before_scale_in_s=0)).drain == ()
    assert len(decide(look(instances=young, taken_at=10_010.0), limits(idle_before_scale_in_s=0)).drain) == 1


def test_the_minimum_stays(look, limits, instances):
    decision = decide(look(instances=instances(idle=3)), limits(idle_before_scale_in_s=0, minimum=2))
    assert decision.desired == 2


@pytest.mark.parametrize("queued", [0, 11])
def test_a_desired_capacity_below_the_minimum_is_told_as_the_minimum(look, limits, instances, queued):
    coming = look(queued=queued, desired=0, instances=instances(launched=20, draining=1))
    assert decide(coming, limits(minimum=1, maximum=5, replacements=1)).desired == 1


def test_the_minimum_is_launched_without_any_job(look, limits):
    assert decide(look(), limits(minimum=3)).desired == 3


def test_the_spend_ceiling_counts_the_mix_of_prices(look, limits, instances):
    capped = limits(spend_ceiling=1.04, on_demand_base=1, on_demand_price=0.40, spot_price=0.16, spot_share=1)
    decision = decide(look(queued=50), capped)
    assert decision.desired == 5, "0.40 + 4 x 0.16 = 1.04"
    full = decide(look(queued=50, instances=instances(busy=5)), capped)
    assert full.code is WaitReason.SPEND_CEILING


def test_launches_per_minute_are_limited(look, limits):
    decision = decide(look(queued=50), limits(launches_per_minute=7))
    assert decision.desired == 7
    soon = decide(
        look(queued=50, desired=7, taken_at=10_030.0, memory=decision.memory), limits(launches_per_minute=7)
    )
    assert soon.raise_to is None
    later = decide(
        look(queued=50, desired=7, taken_at=10_061.0, memory=soon.memory), limits(launches_per_minute=7)
    )
    assert later.desired == 14


def test_failing_boots_slow_launches_down(look, limits):
    decision = decide(look(queued=50, memory=Memory(boot_success=0.2)), limits(launches_per_minute=10))
    assert decision.desired == 2


def test_spot_that_runs_out_is_replaced_by_on_demand_until_the_breaker_cools(look, limits):
    failed = decide(look(queued=3, launch_errors=(LaunchError.SPOT_CAPACITY,)), limits(spot_share=0.8))
    assert failed.spot_share == 0
    cooled = decide(look(queued=3, memory=failed.memory, taken_at=10_301.0), limits(spot_share=0.8))
    assert cooled.spot_share == 0.8
    assert cooled.memory.spot.circuit is Circuit.HALF_OPEN


def test_a_breaker_of_a_fleet_that_waits_for_no_instance_is_forgotten_in_time(look, limits):
    """There is no probe without demand: an alarm that only a launch could end would ring for days."""
    half_open = Breaker(circuit=Circuit.HALF_OPEN, since=10_000.0, cause="launches fail: quota")
    memory = Memory(capacity=half_open)
    soon = decide(look(memory=memory, taken_at=10_299.0), limits(breaker_open_s=300))
    assert soon.memory.capacity == half_open
    later = decide(look(memory=memory, taken_at=10_300.0), limits(breaker_open_s=300))
    assert later.memory.capacity.circuit is Circuit.CLOSED


def test_a_breaker_stays_while_an_instance_is_missing(look, limits):
    waiting = Memory(
        capacity=Breaker(circuit=Circuit.HALF_OPEN, since=9_000.0, cause="launches fail: quota"),
        unfulfilled_since=10_290.0,
    )
    decision = decide(look(queued=1, desired=1, memory=waiting, taken_at=10_300.0), limits())
    assert decision.memory.capacity.circuit is Circuit.HALF_OPEN


def test_the_reason_names_what_was_seen_and_done(look, limits, instances):
    decision = decide(look(queued=7, instances=instances(busy=2)), limits())
    assert decision.reason.startswith(f"raise desired from 2 to {decision.desired}: 7 queued, 2 busy, 0 idle")


def test_an_open_fleet_breaker_launches_nothing_more(look, limits):
    broken = Memory(fleet=Breaker(circuit=Circuit.OPEN, since=9_990.0, cause="boots fail"))
    decision = decide(look(queued=9, memory=broken), limits())
    assert decision.raise_to is None
    assert decision.code is WaitReason.FLEET_BREAKER_OPEN


def test_a_want_that_a_replacement_covers_is_no_fleet_at_its_maximum(look, limits, instances):
    decision = decide(look(queued=3, instances=instances(busy=2, draining=3)), limits(maximum=200))
    assert decision.replace
    assert decision.code is not WaitReason.FLEET_AT_MAXIMUM


def test_more_instances_than_are_wanted_are_no_fleet_at_its_maximum(look, limits, instances, history):
    """Few short jobs: a worker takes the next one sooner than another instance boots."""
    group = instances(busy=1, idle=1, since=9_999)
    seen = look(queued=2, instances=group, history=history(service_s=2))
    decision = decide(seen, limits(maximum=2))
    assert decision.need.instances < len(group)
    assert decision.code is WaitReason.WORKER_AVAILABLE
