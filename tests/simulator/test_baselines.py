"""Each published policy against examples computed by hand from its documentation (`docs/scaling.md`)."""

import pytest

from simulator.baselines.buildkite import Buildkite
from simulator.baselines.deadline import DeadlineCloud
from simulator.baselines.ecs import EcsManaged
from simulator.baselines.github import GithubRunners
from simulator.baselines.keda import ScaledJob, ScaledObject
from simulator.baselines.tracking import TargetTracking


@pytest.mark.parametrize(
    ("queued", "running", "in_service", "desired", "wanted"),
    [(5, 0, 0, 0, 5), (5, 3, 3, 3, 8), (0, 2, 5, 5, 5), (5, 0, 0, 5, 5), (4, 2, 3, 8, 8), (9, 2, 3, 8, 11)],
    ids=[
        "an empty fleet takes what is queued",
        "running ones are needed too",
        "it never scales in",
        "what boots counts",
        "enough is on its way",
        "more is needed than is on its way",
    ],
)
def test_buildkite_wants_an_agent_for_each_job(queued, running, in_service, desired, wanted) -> None:
    policy = Buildkite()
    found = policy.wanted(queued=queued, running=running, in_service=in_service, desired=desired)
    assert found == wanted


def test_target_tracking_gives_the_documented_example() -> None:
    policy = TargetTracking(target=100)
    policy.points.extend([150.0, 150.0, 150.0])
    assert policy.wanted(in_service=10, desired=10, warming=False) == 15


def test_target_tracking_waits_for_three_high_points() -> None:
    policy = TargetTracking(target=100)
    policy.points.extend([90.0, 150.0, 150.0])
    assert policy.wanted(in_service=10, desired=10, warming=False) == 10


def test_target_tracking_shrinks_after_fifteen_low_points_unless_warming_up() -> None:
    policy = TargetTracking(target=1.0)
    policy.points.extend([0.5] * 15)
    assert policy.wanted(in_service=10, desired=10, warming=False) == 5
    assert policy.wanted(in_service=10, desired=10, warming=True) == 10
    policy.points.append(0.95)
    assert policy.wanted(in_service=10, desired=10, warming=False) == 10


def test_target_tracking_sees_nothing_without_instances() -> None:
    policy = TargetTracking()
    policy.points.append(None)
    assert policy.wanted(in_service=0, desired=1, warming=False) == 1


@pytest.mark.parametrize(
    ("needed", "have", "warming", "out"),
    [(3, 0, False, 2), (15, 10, False, 15), (15, 10, True, 10), (10, 10, False, 10), (5, 10, False, 10)],
    ids=["from nothing two", "to the need", "blocked while warming up", "at target", "below target"],
)
def test_ecs_scales_out_by_its_reservation(needed, have, warming, out) -> None:
    assert EcsManaged().out(needed=needed, have=have, warming=warming) == out


def test_ecs_scales_in_after_fifteen_points_by_less_than_half_a_minute() -> None:
    policy = EcsManaged()
    assert [policy.leaving(needed=2, have=10) for _ in range(14)] == [0] * 14
    assert policy.leaving(needed=2, have=10) == 4, "eight are too many, fewer than half of ten may go"
    assert policy.leaving(needed=2, have=6) == 2
    assert policy.leaving(needed=6, have=6) == 0
    assert policy.leaving(needed=2, have=6) == 0, "it counts from zero"


@pytest.mark.parametrize(
    ("length", "desired", "after"),
    [(3, 0, 1), (7, 1, 5), (30, 10, 20), (10, 10, 10), (21, 20, 20), (23, 20, 23)],
    ids=[
        "activation gives one",
        "four more at most",
        "twice at most",
        "at target",
        "within ten percent",
        "beyond ten percent",
    ],
)
def test_keda_object_grows_as_the_controller_does(length, desired, after) -> None:
    assert ScaledObject().wanted(length=length, desired=desired, now=0.0) == after


def test_keda_object_shrinks_to_the_highest_wish_of_five_minutes() -> None:
    policy = ScaledObject()
    assert policy.wanted(length=10, desired=10, now=0.0) == 10
    assert policy.wanted(length=2, desired=10, now=150.0) == 10
    assert policy.wanted(length=2, desired=10, now=301.0) == 2


def test_keda_object_goes_to_zero_after_five_idle_minutes() -> None:
    policy = ScaledObject()
    policy.active = 0.0
    assert policy.wanted(length=0, desired=1, now=299.0) == 1
    assert policy.wanted(length=0, desired=1, now=300.0) == 0


@pytest.mark.parametrize(
    ("strategy", "length", "running", "pending", "launched"),
    [
        ("default", 7, 3, 1, 4),
        ("default", 2, 5, 0, 0),
        ("accurate", 5, 3, 2, 3),
        ("accurate", 9, 8, 1, 2),
        ("eager", 5, 3, 2, 5),
        ("eager", 5, 6, 2, 2),
    ],
    ids=str,
)
def test_keda_job_launches_by_its_strategy(strategy, length, running, pending, launched) -> None:
    policy = ScaledJob(strategy=strategy, maximum=10)
    assert policy.launching(length=length, running=running, pending=pending) == launched


def test_deadline_cloud_wants_what_is_queued_running_and_standby() -> None:
    assert DeadlineCloud(standby=2, maximum=20).wanted(queued=5, running=4) == 11
    assert DeadlineCloud(maximum=8).wanted(queued=5, running=4) == 8
    assert DeadlineCloud(minimum=3).wanted(queued=0, running=0) == 3


def test_github_launches_for_messages_whose_job_still_waits() -> None:
    policy = GithubRunners(maximum=10)
    assert policy.launching(due=3, queued=2, current=0) == 2
    assert policy.launching(due=3, queued=5, current=0) == 3
    assert policy.launching(due=3, queued=5, current=9) == 1
