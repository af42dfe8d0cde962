"""Every ended job counts once in the usage of its tenant, however often and by whomever its end is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from handlers.jobs.model import Failure, Job, Output, Worker
from handlers.jobs.reasons import FailureCode
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.usage_days import KEPT_DAYS, Totals, UsageDay, UsageDays
from handlers.jobs.store.failed_jobs import FailedJobs, Redriven
from handlers.jobs.store.reading import UnreadableItemError, untold
from handlers.jobs.store.table import PRESENT, Put, Table
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import Clock, NewJob

FIRST = date(2023, 11, 14)
"""The day of the test's clock, 22:13 in UTC."""
NEXT = date(2023, 11, 15)
DAY = 86_400
CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="code 1")


class Renders:
    """Jobs of acme that workers end."""

    def __init__(
        self, table: Table, clock: Clock, new_job: NewJob, new_worker: Callable[[str], Worker]
    ) -> None:
        self.table, self.clock, self.new_job, self.new_worker = table, clock, new_job, new_worker
        self.usage = UsageDays(table, untold)

    def claimed(self, job: Job) -> Claim:
        self.new_worker("i-1")
        claim = Claim(job_id=job.id, attempt=job.attempt, instance_id="i-1")
        assert isinstance(WorkerJobs(self.table).claim(claim, now=self.clock(), lease_seconds=60), Job)
        return claim

    def succeeded(self, job: Job | None = None, seconds: float = 10) -> Job:
        job = job or self.new_job()
        claim = self.claimed(job)
        self.clock.forward(seconds)
        output = Output(duration=2.5, width=64, height=64, bytes=9)
        video = keys.video_object(job.tenant, job.id, job.attempt)
        ended = WorkerJobs(self.table).complete(claim, output=output, output_key=video, now=self.clock())
        assert isinstance(ended, Job)
        return ended

    def failed(self, seconds: float = 4) -> Job:
        claim = self.claimed(self.new_job())
        self.clock.forward(seconds)
        ended = WorkerJobs(self.table).fail(claim, CRASH, attempt_limit=1, now=self.clock())
        assert isinstance(ended, Job)
        return ended

    def redriven(self, job: Job) -> Job:
        answer = FailedJobs(self.table).redrive(job.id, actor="operator:me", now=self.clock(), force=False)
        assert isinstance(answer, Redriven)
        return answer.job

    def count(self, job: Job) -> bool:
        return self.usage.count(job, now=self.clock())

    def days(self, tenant: str = "acme") -> list[UsageDay]:
        return self.usage.of_tenant(tenant, FIRST, NEXT)


@pytest.fixture
def renders(table: Table, clock: Clock, new_job: NewJob, new_worker: Callable[[str], Worker]) -> Renders:
    return Renders(table, clock, new_job, new_worker)


def test_a_day_has_its_renders_by_end_and_what_they_used(renders: Renders) -> None:
    job = renders.new_job()
    CustomerJobs(renders.table).request_cancel(job.id, actor="api:acme", now=renders.clock())
    cancelled = CustomerJobs(renders.table).get(job.id)
    assert cancelled
    for ended in (renders.succeeded(), renders.succeeded(), renders.failed(), cancelled):
        assert renders.count(ended)
    totals = Totals(succeeded=2, failed=1, cancelled=1, machine_seconds=24, video_seconds=5)
    assert renders.days() == [UsageDay(day=FIRST, totals=totals)]


def test_an_end_that_is_told_again_counts_once(renders: Renders) -> None:
    ended = renders.succeeded()
    assert [renders.count(ended) for _ in range(3)] == [True, False, False]
    assert renders.days()[0].totals.succeeded == 1


def test_an_end_that_is_told_at_the_same_time_counts_once(renders: Renders) -> None:
    ended = [renders.succeeded(), renders.failed(), renders.succeeded()]
    with ThreadPoolExecutor(6) as threads:
        counted = list(threads.map(renders.count, ended * 2))
    assert sum(counted) == 3
    assert renders.days()[0].totals == Totals(succeeded=2, failed=1, machine_seconds=24, video_seconds=5)


def test_all_attempts_of_a_render_count_on_the_day_of_its_end(renders: Renders) -> None:
    job = renders.new_job()
    claim = renders.claimed(job)
    renders.clock.forward(4)
    again = WorkerJobs(renders.table).fail(claim, CRASH, attempt_limit=3, now=renders.clock())
    assert isinstance(again, Job)
    renders.clock.forward(DAY)
    renders.count(renders.succeeded(again, seconds=10))
    assert renders.days() == [
        UsageDay(day=NEXT, totals=Totals(succeeded=1, machine_seconds=14, video_seconds=2.5))
    ]


def test_a_render_that_an_operator_queues_again_moves_to_its_last_end(renders: Renders) -> None:
    ended = renders.failed()
    renders.count(ended)
    job = renders.redriven(ended)
    assert renders.days()[0].totals.failed == 1, "until it ends again"
    renders.clock.forward(DAY)
    last = renders.succeeded(job)
    assert renders.count(last)
    assert not renders.count(ended), "a late record of the first end"
    assert renders.days() == [
        UsageDay(day=FIRST, totals=Totals()),
        UsageDay(day=NEXT, totals=Totals(succeeded=1, machine_seconds=14, video_seconds=2.5)),
    ]


def test_a_second_end_on_the_same_day_takes_the_place_of_the_first(renders: Renders) -> None:
    ended = renders.failed()
    renders.count(ended)
    renders.count(renders.succeeded(renders.redriven(ended)))
    assert renders.days() == [
        UsageDay(day=FIRST, totals=Totals(succeeded=1, machine_seconds=14, video_seconds=2.5))
    ]


def test_a_first_end_that_is_told_after_the_second_changes_nothing(renders: Renders) -> None:
    first = renders.failed()
    second = renders.succeeded(renders.redriven(first))
    assert (renders.count(second), renders.count(first)) == (True, False)
    assert renders.days()[0].totals.succeeded == 1


def test_a_deleted_render_keeps_its_place(renders: Renders) -> None:
    ended = renders.succeeded()
    CustomerJobs(renders.table).delete(ended.id, tenant="acme", actor="api:acme", now=renders.clock())
    assert renders.count(ended), "the stream tells its end with the whole job"
    assert renders.days()[0].totals == Totals(succeeded=1, machine_seconds=10, video_seconds=2.5)


def test_nobody_sees_what_others_have_used(renders: Renders) -> None:
    renders.count(renders.succeeded())
    assert renders.days("zenith") == []
    assert renders.days("acm") == []


def test_an_instance_cannot_put_a_render_into_the_future_nor_lengthen_it(renders: Renders) -> None:
    ended = renders.succeeded(seconds=10)
    forged = replace(ended, finished_at=renders.clock() + 30 * DAY)
    event = keys.event(ended.id, 2)
    item = renders.table.get(event)
    assert item
    renders.table.put(Put(item={**item, "at": 1.0}, condition=PRESENT))
    renders.count(forged)
    assert renders.days() == [
        UsageDay(day=FIRST, totals=Totals(succeeded=1, machine_seconds=10, video_seconds=2.5))
    ]


def test_a_day_leaves_the_table_after_a_year_and_a_mark_with_its_job(renders: Renders) -> None:
    ended = renders.succeeded()
    renders.count(ended)
    day, mark = renders.table.get(keys.usage_day("acme", FIRST)), renders.table.get(keys.counted(ended.id))
    assert day
    assert day["expires_at"] == 1_700_006_400 + KEPT_DAYS * DAY
    assert mark
    last = renders.redriven(renders.failed()).expires_at
    assert int(str(mark["expires_at"])) >= last, "an operator may queue it again until it expires"


def test_a_day_that_cannot_be_read_is_left_out_and_told(renders: Renders) -> None:
    told: list[UnreadableItemError] = []
    key = keys.usage_day("acme", FIRST)
    renders.table.put(Put(item={"pk": key.pk, "sk": key.sk, "succeeded": "many"}))
    assert UsageDays(renders.table, told.append).of_tenant("acme", FIRST, NEXT) == []
    assert len(told) == 1
