"""What a render has used follows from its events, whichever release wrote them."""

from dataclasses import replace

import pytest

from handlers.jobs import transitions
from handlers.jobs.model import Failure, Job, JobEvent, Output
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.tenants.usage import Remaining, Usage, remaining, usage
from handlers.jobs.transitions import Move, Stamp
from tests.handlers.conftest import START, a_job

CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="code 1")
VIDEO = Output(duration=12.5, width=64, height=64, bytes=9)


class Life:
    """A job and its events, by the transitions themselves."""

    def __init__(self) -> None:
        move = transitions.submitted(a_job(now=START), at(0))
        self.job: Job = move.after
        self.events: list[JobEvent] = [move.event]

    def then(self, move: Move) -> None:
        self.job = move.after
        self.events.append(move.event)

    def claim(self, seconds: float) -> None:
        self.then(transitions.claimed(self.job, at(seconds), instance_id="i-1", lease_seconds=60))

    def used(self, seconds: float) -> Usage:
        return usage(self.job, self.events, now=START + seconds)


def at(seconds: float) -> Stamp:
    return Stamp(at=START + seconds, actor="test")


@pytest.fixture
def life() -> Life:
    return Life()


def test_a_render_that_waits_has_used_nothing(life: Life) -> None:
    assert life.used(100) == Usage(attempts=0, machine_seconds=0, video_seconds=0)


def test_a_running_attempt_counts_until_now(life: Life) -> None:
    life.claim(10)
    assert life.used(25) == Usage(attempts=1, machine_seconds=15, video_seconds=0)


def test_all_attempts_count_and_the_time_between_them_does_not(life: Life) -> None:
    life.claim(10)
    life.then(transitions.attempt_failed(life.job, at(14), CRASH, attempt_limit=3))
    life.claim(100)
    life.then(transitions.interrupted(life.job, at(102), detail="leaves"))
    life.claim(200)
    life.then(transitions.cancel_asked(life.job, at(205)))
    life.then(transitions.succeeded(life.job, at(230), output=VIDEO, output_key="k"))
    assert life.used(999) == Usage(attempts=3, machine_seconds=4 + 2 + 30, video_seconds=12.5)


def test_a_render_that_was_queued_again_after_its_end_keeps_what_it_has_used(life: Life) -> None:
    life.claim(0)
    life.then(transitions.attempt_failed(life.job, at(5), CRASH, attempt_limit=1))
    life.then(transitions.redriven(life.job, at(50)))
    assert life.used(60) == Usage(attempts=1, machine_seconds=5, video_seconds=0)
    life.claim(70)
    assert life.used(80).machine_seconds == 15


def test_an_attempt_whose_end_cannot_be_read_ends_with_the_next_claim(life: Life) -> None:
    life.claim(10)
    life.then(transitions.attempt_failed(life.job, at(14), CRASH, attempt_limit=3))
    life.events.pop()
    life.claim(20)
    assert life.used(25) == Usage(attempts=2, machine_seconds=15, video_seconds=0)


def test_what_an_attempt_still_needs_follows_from_its_own_start(life: Life) -> None:
    life.claim(0)
    life.then(transitions.attempt_failed(life.job, at(50), CRASH, attempt_limit=3))
    life.claim(100)
    job = replace(life.job, progress=40)
    assert remaining(job, life.events, now=START + 110) == Remaining(
        seconds=15, percent=40, elapsed_seconds=10
    )
    assert remaining(replace(job, progress=100), life.events, now=START + 110) == Remaining(
        seconds=0, percent=100, elapsed_seconds=10
    )


@pytest.mark.parametrize("percent", [0, 4])
def test_little_progress_says_nothing(life: Life, percent: int) -> None:
    life.claim(0)
    assert remaining(replace(life.job, progress=percent), life.events, now=START + 9) is None


def test_nothing_remains_to_be_said_of_a_render_that_does_not_render(life: Life) -> None:
    assert remaining(replace(life.job, progress=50), life.events, now=START) is None
    life.claim(0)
    assert remaining(replace(life.job, progress=50), (), now=START) is None, "its claim cannot be read"
    ended = replace(life.job, progress=50, state=JobState.SUCCEEDED)
    assert remaining(ended, life.events, now=START) is None
