"""What is learned from the table's stream, and what is kept of it."""

from dataclasses import replace

import pytest

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.attributes import encode_item
from handlers.jobs.store.items import job_to_item
from handlers.scaler.decision.forecast import forecast
from handlers.scaler.decision.history import History, News
from handlers.scaler.stream import batch_name, news_of


@pytest.fixture
def job() -> Job:
    return Job(
        id="r_1",
        tenant="acme",
        fleet="cpu",
        state=JobState.QUEUED,
        attempt=1,
        created_at=1_000.0,
        updated_at=1_000.0,
        enqueued_at=1_000.0,
        expires_at=2_000_000_000,
        composition_key="c",
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
    assert news == News(arrived=1, templates=("teaser",), waits=(42.0,), served=((58.0, "teaser"),))


def test_other_fleets_failures_and_lease_renewals_are_no_news(job) -> None:
    rendering = replace(job, state=JobState.RENDERING, started_at=1_042.0, lease_expires_at=1_102.0)
    failed = replace(rendering, state=JobState.FAILED, finished_at=1_100.0)
    records = [record(replace(job, fleet="gpu")), record(rendering, rendering), record(failed, rendering)]
    assert news_of([*records, {"eventName": "REMOVE", "dynamodb": {}}], "cpu") == News()


def test_records_that_are_read_again_in_other_batches_are_counted_again(job) -> None:
    """So the mapping begins at the newest record: the stream's last day would look like a surge of now."""
    read = [record(job, number="7"), record(replace(job, id="r_2"), number="9")]
    assert batch_name(read[:1]) != batch_name(read)
    assert news_of(read[:1], "cpu").arrived + news_of(read[1:], "cpu").arrived == 2


def test_a_batch_has_the_same_name_when_it_comes_again(job) -> None:
    batch = [record(job, number="7"), record(job, number="9")]
    assert batch_name(batch) == batch_name(list(batch)) == "7..9"
    assert batch_name([]) == ""


def learned(*news: News) -> History:
    history = History().at(0.5)
    for one in news:
        history = history.after(one, now=1.0, objective_s=60, quantile=0.95)
    return history


def test_the_service_time_follows_the_templates_that_arrive() -> None:
    history = learned(
        News(served=tuple((10.0, "short") for _ in range(100))),
        News(served=tuple((600.0, "long") for _ in range(100))),
    )
    only_short = history.after(
        News(arrived=200, templates=("short",) * 200), now=1.0, objective_s=60, quantile=0.95
    )
    assert only_short.expected_service(60) == pytest.approx(20, abs=15)
    assert history.expected_service(60) == pytest.approx(history.service.blended(60))


def test_beliefs_give_way_to_observations() -> None:
    few, many = learned(News(served=((10.0, None),) * 3)), learned(News(served=((10.0, None),) * 100))
    assert few.expected_service(100) == pytest.approx(55)
    assert many.expected_service(100) == pytest.approx(12.6, abs=0.1)


def test_late_starts_raise_the_pressure_and_punctual_ones_lower_it() -> None:
    late, punctual = learned(News(waits=(61.0,) * 20)), learned(News(waits=(0.0,) * 100))
    assert late.pressure == pytest.approx(20 * (1 - 0.03) / 20)
    assert punctual.pressure == pytest.approx(-100 * 0.03 / 20)
    assert learned(News(waits=(61.0,) * 500)).pressure == 2.3


def test_the_state_stays_small_with_very_many_templates() -> None:
    served = tuple((1.0, f"t{n}") for n in range(500))
    history = learned(News(served=served, templates=tuple(f"t{n}" for n in range(500))))
    assert len(history.templates) <= 50
    assert len(history.mix) <= 50


@pytest.mark.parametrize(
    ("arrivals", "expected", "window_s"),
    [
        ((1,) * 360, 0.1, 2_400),
        ((0,) * 300 + (10,) * 30 + (0,), 1.0, 300),
        ((10,) * 330 + (0,) * 30, 0.0, 300),
    ],
    ids=["a steady stream is averaged over long", "a new load is followed", "an ended one is forgotten"],
)
def test_the_rate_looks_back_as_far_as_the_intervals_agree(arrivals, expected, window_s) -> None:
    rate = forecast(History(arrivals=arrivals, interval=10_000.0), 10_000.0)
    assert rate.per_s == pytest.approx(expected, abs=0.21)
    assert rate.window_s <= window_s


def test_time_without_news_passes_as_zeros() -> None:
    history = learned(News(arrived=5)).at(25.5)
    assert history.arrivals == (5, 0, 0)
    assert history.interval == pytest.approx(20.5)
    assert learned(News(arrived=5)).at(1e6).arrivals == (0,) * 360


def test_arrivals_of_a_look_lie_between_it_and_the_look_before() -> None:
    """A look a minute sees the same rate as one after each arrival."""
    history = History()
    for minute in range(1, 20):
        history = history.after(News(arrived=60), now=60.0 * minute, objective_s=60, quantile=0.95)
    for window in (10, 20, 40, 80, 320):
        assert history.rate(1_140.0, window) == pytest.approx(1.0, rel=0.11)
    assert sum(history.arrivals) == 19 * 60


def test_the_first_job_of_a_young_history_is_no_stream() -> None:
    history = History().after(News(), now=100.0, objective_s=60, quantile=0.95)
    history = history.after(News(arrived=1), now=105.0, objective_s=60, quantile=0.95)
    assert forecast(history, 105.0).per_s <= 1 / 120
