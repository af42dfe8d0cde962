"""A sweep: what it puts right, what it leaves alone, and what it must admit it could not do."""

from dataclasses import replace

import pytest

from handlers.jobs.model import Failure
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.deletions import Deletion
from handlers.sweeper.service import AT_ONCE
from tests.handlers.conftest import START, a_job
from tests.handlers.sweeper.fakes import (
    HOOK,
    FakeAssetDeletions,
    FakeDeletions,
    FakeQueue,
    FakeStore,
    FakeTelling,
    a_sweeper,
    many,
    swept,
)


def test_a_silent_workers_job_is_sent_for_its_next_attempt() -> None:
    job, queue = a_job(now=START), FakeQueue()
    done = swept(a_sweeper(FakeStore(silent=[job]), queue))
    assert (done.returned, queue.sent, queue.marked) == ([job.id], [(job.id, 2)], [job.id])


@pytest.mark.parametrize("becomes", [JobState.FAILED, JobState.CANCELLED])
def test_a_silent_workers_job_that_ended_is_not_sent(becomes: JobState) -> None:
    job, queue = a_job(now=START), FakeQueue()
    done = swept(a_sweeper(FakeStore(silent=[job], becomes=becomes), queue))
    assert (done.ended, done.returned, queue.sent) == ([job.id], [], [])


CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
FAILED = {"state": JobState.FAILED, "failure": CRASH}


def test_a_job_ended_at_the_limit_leaves_a_dead_letter() -> None:
    job, letters = a_job(now=START), FakeTelling()
    store = FakeStore(silent=[job], becomes=JobState.FAILED, failure=CRASH)
    done = swept(a_sweeper(store, letters=letters))
    assert (done.dead_letters, letters.told) == ([job.id], [job.id])


def test_a_dead_letter_that_somebody_else_did_not_leave_is_left_after_a_grace() -> None:
    lost, fresh = a_job(now=START - 30, **FAILED), a_job(now=START - 29, **FAILED)
    full = a_job(now=START - 60, **FAILED)
    letters = FakeTelling(full={full.id})
    done = swept(a_sweeper(FakeStore(untold=[full, lost, fresh]), letters=letters))
    assert (done.dead_letters, done.postponed) == ([lost.id], [full.id])


def test_a_webhook_that_nobody_queued_is_queued_after_a_grace() -> None:
    lost, fresh = a_job(now=START - 30, webhook_url=HOOK), a_job(now=START - 29, webhook_url=HOOK)
    webhooks = FakeTelling()
    done = swept(a_sweeper(FakeStore(untold=[lost, fresh]), webhooks=webhooks))
    assert (done.webhooks, webhooks.told, done.dead_letters) == ([lost.id], [lost.id], [])


def test_a_letter_that_cannot_be_left_does_not_keep_the_webhook_back() -> None:
    job = a_job(now=START - 60, webhook_url=HOOK, **FAILED)
    done = swept(a_sweeper(FakeStore(untold=[job]), letters=FakeTelling(full={job.id})))
    assert (done.webhooks, done.postponed) == ([job.id], [job.id])


def test_a_job_that_is_held_after_all_is_left_alone() -> None:
    queue = FakeQueue()
    done = swept(a_sweeper(FakeStore(silent=[a_job(now=START)], becomes=None), queue))
    assert (done.returned, done.ended, queue.sent) == ([], [], [])


def test_a_job_that_moved_on_since_the_index_was_read_gets_no_message() -> None:
    job, queue = a_job(now=START), FakeQueue()
    done = swept(a_sweeper(FakeStore(unmarked=[job], moved_on={job.id}), queue))
    assert (done.sent_again, queue.sent) == ([], [])


def test_one_job_that_cannot_be_put_right_does_not_hold_up_the_others() -> None:
    busy, fine, full, unsent = (a_job(now=START) for _ in range(4))
    store = FakeStore(silent=[busy, fine], unmarked=[full, unsent], busy={busy.id})
    done = swept(a_sweeper(store, FakeQueue(full={full.id})))
    assert (done.returned, done.sent_again) == ([fine.id], [unsent.id])
    assert set(done.postponed) == {busy.id, full.id}


def test_a_job_that_is_a_mistake_does_not_hold_up_the_others() -> None:
    odd, fine, unsent = a_job(now=START), a_job(now=START), a_job(now=START)
    queue = FakeQueue(mistaken={odd.id})
    done = swept(a_sweeper(FakeStore(silent=[odd, fine], unmarked=[unsent]), queue))
    assert (done.sent_again, sorted(queue.sent)) == ([unsent.id], sorted([(fine.id, 2), (unsent.id, 1)]))
    assert done.mistakes == [f"{odd.id}: RuntimeError: no such group"]


def test_a_fleet_that_cannot_be_looked_at_does_not_hold_up_the_others() -> None:
    job = a_job(now=START, fleet="gpu")
    done = swept(a_sweeper(FakeStore(unmarked=[job], out_of_reach={"cpu"})), "cpu", "gpu")
    assert done.sent_again == [job.id]
    assert len(done.postponed) == 4
    assert "cpu: expired leases" in done.postponed


def test_a_sweep_that_finds_nothing_looks_once_for_each_kind_of_repair_and_asks_no_queue() -> None:
    store, queue = FakeStore(), FakeQueue()
    swept(a_sweeper(store, queue), "cpu", "gpu")
    assert (sorted(store.looks), queue.asked) == (["cpu"] * 4 + ["gpu"] * 4, [])


def test_a_sweep_stops_when_its_time_is_up_and_says_what_it_left() -> None:
    store = FakeStore(unmarked=many(500), untold=many(500, webhook_url=HOOK))
    done = swept(a_sweeper(store), now=START + 60, steps=40)
    assert 0 < len(done.sent_again) + len(done.webhooks) <= 40
    assert set(done.left) == {"cpu: messages never sent", "cpu: letters and webhooks"}


def test_a_sweep_touches_a_bounded_number_of_jobs() -> None:
    done = swept(a_sweeper(FakeStore(unmarked=many(AT_ONCE + 1))))
    assert (len(done.sent_again), done.left) == (AT_ONCE, ["cpu: messages never sent"])


def test_neither_a_fleet_nor_a_kind_of_repair_waits_for_the_end_of_another() -> None:
    fleets = ["a", "b", "c"]
    store = FakeStore(
        unmarked=[*many(500, fleet="a"), *many(5, fleet="b")],
        silent=many(5, fleet="c"),
        untold=many(5, fleet="a", webhook_url=HOOK),
    )
    done = swept(a_sweeper(store), *fleets, now=START + 60, steps=50)
    assert (len(done.returned), len(done.webhooks)) == (5, 5)
    assert len(set(done.sent_again) & {job.id for job in store.unmarked if job.fleet == "b"}) == 5


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_each_chore_has_its_turn_within_an_hour_even_with_hardly_any_time(steps: int) -> None:
    fleets = [f"fleet-{number}" for number in range(10)]
    reached: set[str] = set()
    for minute in range(60):
        jobs = [a_job(now=START, fleet=fleet) for fleet in fleets]
        store = FakeStore(silent=jobs, unmarked=[replace(job, id=job.id[::-1]) for job in jobs])
        done = swept(a_sweeper(store), *fleets, now=START + 60 * minute, steps=steps)
        reached |= {job.fleet for job in jobs if job.id in done.returned}
    assert reached == set(fleets)


def test_renders_of_a_removed_fleet_end_and_their_customers_hear_of_it() -> None:
    lying, held, untold = (a_job(now=START - 60, fleet="gpu", webhook_url=HOOK) for _ in range(3))
    store = FakeStore(left_behind=[lying, held], untold=[untold], moved_on={held.id})
    letters, webhooks, queue = FakeTelling(), FakeTelling(), FakeQueue()
    done = swept(a_sweeper(store, queue, letters, webhooks, removed=["gpu"]), "cpu")
    assert (done.ended, done.webhooks, webhooks.told) == ([lying.id], [untold.id], [untold.id])
    assert (letters.told, queue.sent, done.mistakes) == ([], [], [])


def deleted(number: int) -> Deletion:
    return Deletion(job_id=f"r_{number:026d}", tenant="acme", at=START)


def test_a_deleted_render_is_marked_when_nothing_of_it_is_left() -> None:
    whole, larger, busy = map(deleted, range(3))
    deletions = FakeDeletions(waiting=[busy, larger, whole], larger={larger.id}, full={busy.id})
    done = swept(a_sweeper(FakeStore(), deletions=deletions))
    assert (done.erased, deletions.marked) == ([whole.id], [whole.id])
    assert done.postponed == [busy.id]
    assert set(deletions.items_erased) == {busy.id, larger.id, whole.id}


def test_deletions_and_repairs_take_turns_and_share_the_bound() -> None:
    deletions = FakeDeletions(waiting=[deleted(number) for number in range(AT_ONCE)])
    done = swept(a_sweeper(FakeStore(unmarked=many(AT_ONCE)), deletions=deletions))
    assert len(done.erased) == len(done.sent_again) == AT_ONCE // 2


def test_a_deleted_asset_is_marked_when_its_file_is_gone_and_no_sooner() -> None:
    gone, larger, busy = (
        AssetDeletion(asset_id=f"a_{number}", tenant="acme", at=START) for number in range(3)
    )
    files = FakeDeletions(larger={larger.id}, full={busy.id})
    assets = FakeAssetDeletions(waiting=[busy, larger, gone])
    done = swept(a_sweeper(FakeStore(), deletions=files, asset_deletions=assets))
    assert (done.erased, assets.marked) == ([gone.id], [gone.id])
    assert done.postponed == [busy.id]
