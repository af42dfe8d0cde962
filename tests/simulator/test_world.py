"""The world by hand: a job or two, one policy, every second accounted for."""

from dataclasses import dataclass

import numpy as np
import pytest

from simulator.conditions import Conditions, Faults
from simulator.run import run
from simulator.scaling_policy import ScalingPolicy
from simulator.scenarios import named, with_faults
from simulator.standard import ours
from simulator.trace import Trace
from simulator.world import World

STEADY = Conditions(boot_s=(100.0, 100.0), maximum=10)


@dataclass
class Scripted(ScalingPolicy):
    """Sets desired at given times."""

    name: str = "scripted"
    script: tuple[tuple[float, int], ...] = ()

    def look(self, world: World) -> float:
        for time, desired in self.script:
            if time == pytest.approx(world.now):
                world.set_desired(desired)
        later = [time - world.now for time, _ in self.script if time > world.now + 0.01]
        return min(later, default=float("inf"))


@pytest.fixture
def trace():
    def build(*jobs: tuple[float, float]) -> Trace:
        arrival, service = zip(*jobs, strict=True)
        return Trace(
            name="by hand", arrival=np.array(arrival, dtype=float), service=np.array(service, dtype=float)
        )

    return build


def test_a_job_waits_for_the_boot_and_the_instance_is_paid_from_launch_to_end(trace) -> None:
    score = run(trace((0.0, 50.0)), Scripted(script=((0.0, 1),)), STEADY)
    assert score.longest == 100
    assert score.hours * 3600 == pytest.approx(150)


def test_two_jobs_on_one_instance_follow_each_other(trace) -> None:
    world = World(trace((0.0, 50.0), (10.0, 20.0)), Scripted(script=((0.0, 1),)), STEADY)
    world.run()
    assert world.waits().tolist() == [100.0, 140.0]


def test_less_than_the_billing_minimum_is_paid_in_full(trace) -> None:
    quick = Conditions(boot_s=(1.0, 1.0), maximum=10)
    assert run(trace((0.0, 5.0)), Scripted(script=((0.0, 1),)), quick).hours * 3600 == pytest.approx(60)


def test_lowering_desired_kills_a_busy_instance_and_its_job_starts_again(trace) -> None:
    policy = Scripted(script=((0.0, 1), (120.0, 0), (130.0, 1)))
    world = World(trace((0.0, 50.0)), policy, STEADY)
    world.run()
    assert world.kills == 1
    assert world.waits().tolist() == [100.0 + 110.0]
    assert world.lost == 0


def test_protection_delays_the_end_until_the_job_is_done(trace) -> None:
    policy = Scripted(script=((0.0, 1), (120.0, 0)), protects_busy=True)
    score = run(trace((0.0, 50.0)), policy, STEADY)
    assert (score.kills, score.lost) == (0, 0)


def test_an_idle_instance_ends_itself_when_the_policy_says_so(trace) -> None:
    world = World(trace((0.0, 10.0), (1_000.0, 10.0)), Scripted(script=((0.0, 1),), idle_exit_s=60.0), STEADY)
    world.run()
    assert world.desired == 0
    assert world.lost == 1, "nobody launches again for the second job"
    assert world.paid_s == pytest.approx(110 + 60 + 10)


def test_a_stall_launches_nothing_and_catches_up_at_its_end(trace) -> None:
    stalled = Conditions(boot_s=(100.0, 100.0), maximum=10, faults=Faults(stalls=((0.0, 500.0),)))
    assert run(trace((0.0, 10.0)), Scripted(script=((0.0, 1),)), stalled).longest == 600


def test_a_failed_boot_is_replaced_when_the_hook_times_out(trace) -> None:
    unlucky = Conditions(boot_s=(100.0, 100.0), maximum=10, faults=Faults(boot_failures=0.5), seed=3)
    scores = {
        run(
            trace((0.0, 10.0)), Scripted(script=((0.0, 1),)), Conditions(**{**vars(unlucky), "seed": seed})
        ).longest
        for seed in range(12)
    }
    assert scores >= {100.0, 700.0}


def test_an_interruption_gives_the_job_back_and_counts_as_no_kill(trace) -> None:
    interrupted = 0
    for seed in range(8):
        often = Conditions(
            boot_s=(10.0, 10.0), maximum=10, faults=Faults(interruptions_per_hour=10.0), seed=seed
        )
        score = run(trace((0.0, 300.0)), Scripted(script=((0.0, 1),)), often)
        interrupted += score.interrupted
        assert (score.kills, score.lost) == (0, 0)
    assert interrupted > 0


def test_a_duplicate_message_is_rendered_once(trace) -> None:
    doubled = Conditions(boot_s=(10.0, 10.0), maximum=10, faults=Faults(duplicates=1.0))
    world = World(trace((0.0, 10.0), (1.0, 10.0)), Scripted(script=((0.0, 1),)), doubled)
    world.run()
    assert world.paid_s == pytest.approx(60), "10 s of boot and 2 x 10 s of work, within the paid minute"


def test_the_same_seed_gives_the_same_score() -> None:
    trace = named("poisson:per_hour=200,hours=3")
    conditions = with_faults(Conditions(), trace)
    assert run(trace, ours(trace), conditions) == run(trace, ours(trace), conditions)
