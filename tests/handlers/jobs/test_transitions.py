"""What each happening does to a job, as decision tables without a store."""

from dataclasses import replace

import pytest

from handlers.jobs import transitions
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import WAIT_TEXTS, FailureCode, WaitReason
from handlers.jobs.states import JobState
from handlers.jobs.store.table import ABSENT, Put, Update
from handlers.jobs.store.writing import changes, writes
from handlers.jobs.transitions import Stamp
from tests.handlers.conftest import a_job

STAMP = Stamp(at=1_700_000_100.0, actor="agent:i-1")
CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
REFUSED = Failure(code=FailureCode.COMPOSITION_REFUSED, detail="no such font")
LOST = Failure(code=FailureCode.LEASE_LOST, detail="silent")


def rendering(**fields: object) -> Job:
    job = a_job(now=1_700_000_000.0)
    job = transitions.claimed(
        job, replace(STAMP, at=1_700_000_010.0), instance_id="i-1", lease_seconds=60
    ).after
    return replace(job, **fields)


@pytest.mark.parametrize(
    ("attempt", "interruptions", "cancel", "failure", "state", "kind"),
    [
        pytest.param(1, 0, False, CRASH, "queued", "attempt_failed", id="another-attempt"),
        pytest.param(2, 0, False, CRASH, "queued", "attempt_failed", id="one-below-the-limit"),
        pytest.param(3, 0, False, CRASH, "failed", "failed", id="at-the-limit"),
        pytest.param(3, 1, False, CRASH, "queued", "attempt_failed", id="an-interruption-does-not-count"),
        pytest.param(4, 1, False, CRASH, "failed", "failed", id="at-the-limit-with-an-interruption"),
        pytest.param(1, 0, False, REFUSED, "failed", "failed", id="permanent"),
        pytest.param(1, 0, True, CRASH, "cancelled", "cancelled", id="unwanted"),
        pytest.param(1, 0, True, REFUSED, "cancelled", "cancelled", id="permanent-but-unwanted"),
        pytest.param(1, 0, False, LOST, "queued", "lease_lost", id="lease-lost"),
        pytest.param(3, 0, False, LOST, "failed", "failed", id="lease-lost-at-the-limit"),
        pytest.param(2, 0, True, LOST, "cancelled", "cancelled", id="lease-lost-and-unwanted"),
    ],
)
def test_what_follows_an_attempt_without_a_video(
    attempt: int, interruptions: int, cancel: bool, failure: Failure, state: str, kind: str
) -> None:
    job = rendering(attempt=attempt, interruptions=interruptions, cancel_requested=cancel)
    move = transitions.attempt_failed(job, STAMP, failure, attempt_limit=3)
    assert (move.after.state, move.event.kind) == (state, kind)
    assert move.after.attempt == attempt + (state == "queued")
    assert (move.after.lease_owner, move.after.lease_expires_at) == (None, None)
    assert (move.after.finished_at is None) == (state == "queued")
    assert (move.after.enqueued_at == STAMP.at) == (state == "queued")
    assert (move.after.failure == failure) == (state != "cancelled")


@pytest.mark.parametrize(("cancel", "state"), [(False, "queued"), (True, "cancelled")])
def test_an_interrupted_attempt_goes_back_without_counting(cancel: bool, state: str) -> None:
    job = rendering(attempt=3, cancel_requested=cancel)
    move = transitions.interrupted(job, STAMP, detail="spot notice")
    assert move.after.state == state
    if not cancel:
        assert (move.after.attempt, move.after.interruptions) == (4, 1)
        assert transitions.attempts_spent(move.after) == transitions.attempts_spent(job)
        assert "spot notice" in move.event.detail


def test_a_job_that_is_interrupted_again_and_again_has_failed_at_last() -> None:
    job = rendering(attempt=10, interruptions=9)
    move = transitions.interrupted(job, STAMP, detail="the agent was told to leave")
    assert (move.after.state, move.event.kind) == (JobState.FAILED, "failed")
    assert move.after.failure == Failure(
        code=FailureCode.INTERRUPTED, detail="interrupted 10 times, at last: the agent was told to leave"
    )
    assert move.after.owes_dead_letter


def test_interruptions_before_a_redrive_are_forgiven() -> None:
    failed = transitions.interrupted(rendering(attempt=10, interruptions=9), STAMP, detail="spot").after
    again = transitions.redriven(failed, STAMP).after
    claimed = transitions.claimed(again, STAMP, instance_id="i-2", lease_seconds=60).after
    assert transitions.interrupted(claimed, STAMP, detail="spot").after.state == JobState.QUEUED


def test_a_redriven_job_counts_on_and_may_fail_as_often_as_a_new_one() -> None:
    job = transitions.attempt_failed(rendering(attempt=3), STAMP, CRASH, attempt_limit=3).after
    later = Stamp(at=STAMP.at + 1000, actor="operator:alice")
    move = transitions.redriven(replace(job, dead_letter_at=STAMP.at), later)
    assert (move.after.state, move.after.attempt, move.event.kind) == (JobState.QUEUED, 4, "redriven")
    assert (move.event.actor, move.event.detail) == ("operator:alice", "attempt 4 after engine_crashed")
    assert (move.after.finished_at, move.after.dead_letter_at, move.after.dispatched_at) == (None, None, None)
    assert transitions.attempts_spent(move.after) == 1
    assert move.after.expires_at - later.at == job.expires_at - job.created_at


@pytest.mark.parametrize(("failure", "owes"), [(CRASH, True), (LOST, True), (REFUSED, False)])
def test_only_a_failure_that_may_pass_owes_a_dead_letter(failure: Failure, owes: bool) -> None:
    failed = transitions.attempt_failed(rendering(attempt=3), STAMP, failure, attempt_limit=3).after
    assert failed.owes_dead_letter is owes
    assert not replace(failed, dead_letter_at=STAMP.at).owes_dead_letter


def test_the_first_start_stays_the_start() -> None:
    again = transitions.claimed(
        transitions.attempt_failed(rendering(), STAMP, CRASH, attempt_limit=3).after,
        STAMP,
        instance_id="i-2",
        lease_seconds=60,
    ).after
    assert again.started_at == 1_700_000_010.0
    assert (again.attempt, again.lease_owner) == (2, "i-2")


def test_every_move_is_one_event_with_the_jobs_trace() -> None:
    job = rendering()
    move = transitions.cancel_asked(job, STAMP)
    assert (move.after.state, move.after.cancel_requested) == (JobState.RENDERING, True)
    assert (move.event.number, move.after.event_count) == (job.event_count + 1, job.event_count + 1)
    assert (move.event.actor, move.event.at, move.event.trace_id) == ("agent:i-1", STAMP.at, job.trace_id)


def test_the_written_changes_are_the_difference_and_leave_the_indexes_when_the_job_ends() -> None:
    job = a_job(now=1_700_000_000.0)
    move = transitions.cancel_asked(job, STAMP)
    assert changes(job, move.after) == {
        "state": "cancelled",
        "state_pk": None,
        "state_sk": None,
        "waiting_pk": None,
        "updated_at": STAMP.at,
        "finished_at": STAMP.at,
        "event_count": 2,
    }


def test_a_move_is_written_only_onto_the_job_that_was_read() -> None:
    """Each alone would do; together they also hold against a record that somebody changed by hand."""
    job = rendering(attempt=2)
    update, event = writes(transitions.cancel_asked(job, STAMP), lease_owner="i-1")
    assert isinstance(update, Update)
    assert set(update.condition.text.split(" AND ")) == {
        f"#{name} = :is_{name}" for name in ("state", "attempt", "event_count", "lease_owner")
    }
    assert update.condition.values == {
        ":is_state": "rendering",
        ":is_attempt": 2,
        ":is_event_count": job.event_count,
        ":is_lease_owner": "i-1",
    }
    assert isinstance(event, Put)
    assert event.condition == ABSENT


def test_every_wait_reason_has_words() -> None:
    assert WAIT_TEXTS.keys() == set(WaitReason)
