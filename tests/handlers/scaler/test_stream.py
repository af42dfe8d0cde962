"""What is learned from the table's stream, and what is kept of it."""

from dataclasses import replace

import pytest

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.attributes import encode_item
from handlers.jobs.store.items import job_to_item
from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.learning import learned
from handlers.scaler.decision.load.arrivals import rate
from handlers.scaler.decision.memory import Memory
from handlers.scaler.stream import batch_name, news_of


@pytest.fixture
def job() -> Job:
    return Job(
        id="r_" + "0" * 26,
        tenant="acme",
        fleet="cpu",
        state=JobState.QUEUED,
        attempt=1,
        created_at=1_000.0,
        updated_at=1_000.0,
        enqueued_at=1_000.0,
        expires_at=2_000_000_000,
        composition_key=f"compositions/acme/r_{'0' * 26}.json",
        trace_id="0" * 32,
        event_count=1,
        template="teaser",
    )


def record(after: Job, before: Job | None = None, number: str = "1") -> dict[str, object]:
    images = {"NewImage": encode_item(job_to_item(after))}
    if before is not None:
        images["OldImage"] = encode_item(job_to_item(before))
    return {"eventName": "MODIFY" if before else "INSERT", "dynamodb": {"SequenceNumber": number, **images}}


def test_a_job_is_an_arrival_then_a_wait_then_a_service_time(job) -> None:
    rendering = replace(
        job, state=JobState.RENDERING, started_at=1_042.0, updated_at=1_042.0, lease_expires_at=1_102.0
    )
    done = replace(rendering, state=JobState.SUCCEEDED, finished_at=1_100.0, updated_at=1_100.0)
    news = news_of([record(job), record(rendering, job), record(done, rendering)], "cpu")
    assert news == News(arrived=(1_000.0,), waits=(42.0,), served=(58.0,))


def test_other_fleets_failures_and_lease_renewals_are_no_news(job) -> None:
    rendering = replace(job, state=JobState.RENDERING, started_at=1_042.0, lease_expires_at=1_102.0)
    failed = replace(rendering, state=JobState.FAILED, finished_at=1_100.0)
    records = [record(replace(job, fleet="gpu")), record(rendering, rendering), record(failed, rendering)]
    assert news_of([*records, {"eventName": "REMOVE", "dynamodb": {}}], "cpu") == News()


def test_records_that_are_read_again_in_other_batches_are_counted_again(job) -> None:
    """So the mapping begins at the newest record: the stream's last day would look like a surge of now."""
    other = "r_" + "1" * 26
    read = [
        record(job, number="7"),
        record(replace(job, id=other, composition_key=f"compositions/acme/{other}.json"), number="9"),
    ]
    assert batch_name(read[:1]) != batch_name(read)
    assert news_of(read[:1], "cpu").arrived + news_of(read[1:], "cpu").arrived == (1000, 1000)


def test_a_batch_has_the_same_name_when_it_comes_again(job) -> None:
    batch = [record(job, number="7"), record(job, number="9")]
    assert batch_name(batch) == batch_name(list(batch)) == "7..9"
    assert batch_name([]) == ""


@pytest.mark.parametrize("back_s", [0.2, 360.0, 1_800.0], ids=["a step", "six minutes", "half an hour"])
def test_clocks_that_step_back_stop_nothing(limits, back_s) -> None:
    history, limit = History(), limits()
    for n in range(30):
        history = learned(history, Memory(), News(arrived=(60.0 * n,)), limit, 60.0 * n)
    again = learned(history, Memory(), News(arrived=(1_740.0, 1_741.0)), limit, 1_740.0 - back_s)
    assert sum(one.jobs for one in again.arrived) == 32, "nothing is lost, nothing is below zero"
    assert max(one.began for one in again.arrived) <= 1_740.0 - back_s
    assert rate(again.arrived, 1_740.0 - back_s, 15).per_s < 0.1


def test_a_job_of_a_clock_that_is_ahead_came_now(limits) -> None:
    history = learned(History(), Memory(), News(arrived=(9e9,)), limits(), 100.0)
    assert [one.began for one in history.arrived] == [100.0]
