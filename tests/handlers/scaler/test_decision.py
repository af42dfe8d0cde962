"""The decision as tables: what is seen, what is done. Requirements have files of their own."""

from handlers.jobs.reasons import WaitReason
from handlers.scaler.decision import decide
from handlers.scaler.memory import Memory


def test_the_first_job_launches_the_first_instance(look, limits):
    decision = decide(look(queued=1), limits())
    assert decision.raise_to == decision.desired >= 1
    assert decision.code is WaitReason.INSTANCE_BOOTING


def test_a_launch_is_not_asked_for_twice_before_the_group_shows_it(look, limits):
    first = decide(look(queued=1), limits())
    again = decide(look(queued=1, desired=first.desired), limits())
    assert again.raise_to is None


def test_an_empty_fleet_without_jobs_stays_empty(look, limits):
    decision = decide(look(), limits())
    assert (decision.desired, decision.raise_to, decision.drain) == (0, None, ())


def test_idle_instances_leave_once_they_were_surplus_for_a_boot_time(look, limits, instances):
    group = instances(idle=2)
    watched = Memory(surplus=((9_800.0, 2), (9_900.0, 2)))
    decision = decide(look(instances=group, memory=watched), limits())
    assert sorted(decision.drain) == sorted(one.id for one in group)
    assert decision.desired == 0


def test_a_fresh_surplus_waits_for_the_price_of_a_boot(look, limits, instances):
    assert decide(look(instances=instances(idle=2)), limits()).drain == ()


def test_a_patience_of_zero_seconds_means_now(look, limits, instances):
    assert len(decide(look(instances=instances(idle=2)), limits(surplus_s=0)).drain) == 2


def test_the_minimum_stays(look, limits, instances):
    decision = decide(look(instances=instances(idle=3)), limits(surplus_s=0, minimum=2))
    assert decision.desired == 2


def test_busy_instances_never_leave(look, limits, instances):
    assert decide(look(instances=instances(busy=3)), limits(surplus_s=0)).drain == ()
