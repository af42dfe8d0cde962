"""What a customer sees of its usage, and which days it may ask for."""

import pytest

from handlers.jobs.model import Job, Output
from handlers.jobs.store import keys
from handlers.jobs.store.customers.usage_days import UsageDays
from handlers.jobs.store.reading import untold
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import Clock
from tests.handlers.job_server.conftest import Server

NOVEMBER = {"from": "2023-11-01", "to": "2023-11-30"}


def test_a_customer_sees_its_own_days(server: Server, clock: Clock, reads: list[tuple[str, int]]) -> None:
    render = server.submit().json()["id"]
    WorkerHeartbeats(server.table).register("i-1", fleet="cpu", now=clock())
    claim = Claim(job_id=render, attempt=1, instance_id="i-1")
    WorkerJobs(server.table).claim(claim, now=clock(), lease_seconds=60)
    clock.forward(9)
    output = Output(duration=2.5, width=64, height=64, bytes=9)
    video = keys.video_object("acme", render, 1)
    ended = WorkerJobs(server.table).complete(claim, output=output, output_key=video, now=clock())
    assert isinstance(ended, Job)
    UsageDays(server.table, untold).count(ended, now=clock())
    server.http.get("/healthz")
    server.http.get("/v1/usage", params=NOVEMBER)
    reads.clear()
    answer = server.http.get("/v1/usage", params=NOVEMBER)
    assert reads == [("Query", 1)]
    assert answer.json() == {
        "days": [
            {
                "day": "2023-11-14",
                "succeeded": 1,
                "failed": 0,
                "cancelled": 0,
                "machine_s": 9,
                "video_s": 2.5,
            }
        ]
    }
    others = server.as_other("GET", "/v1/usage?from=2023-11-01&to=2023-11-30")
    assert (others.status_code, others.json()) == (200, {"days": []})


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("first", "last", "parameter", "words"),
    [
        ("2023-11-02", "2023-11-01", "to", "before from"),
        ("2023-01-01", "2023-04-03", "to", "makes 93 days; at most 92 are allowed, here until 2023-04-02"),
        ("2023-02-30", "2023-03-01", "from", "date"),
        ("1700000000", "2023-11-30", "from", "expected a day"),
        ("2023-11-01T00:00:00Z", "2023-11-30", "from", "expected a day"),
        ("2023-11-01", "", "to", "expected a day"),
    ],
)
def test_days_that_are_none_are_refused_by_name(
    server: Server, first: str, last: str, parameter: str, words: str
) -> None:
    answer = server.http.get("/v1/usage", params={"from": first, "to": last})
    assert answer.status_code == 422
    (mistake,) = answer.json()["errors"]
    assert mistake["parameter"] == parameter
    assert words in mistake["detail"]


def test_both_days_must_be_given(server: Server) -> None:
    answer = server.http.get("/v1/usage")
    assert [one["parameter"] for one in answer.json()["errors"]] == ["from", "to"]


@pytest.mark.parametrize(("first", "last"), [("2023-11-01", "2023-11-01"), ("2023-01-01", "2023-04-02")])
def test_one_day_and_three_months_are_allowed(server: Server, first: str, last: str) -> None:
    assert server.http.get("/v1/usage", params={"from": first, "to": last}).status_code == 200


@pytest.mark.parametrize("last", ["9999-12-31", "0001-01-01"])
def test_the_ends_of_the_calendar_are_days_like_others(server: Server, last: str) -> None:
    assert server.http.get("/v1/usage", params={"from": last, "to": last}).status_code == 200
