"""Lists: what a filter takes, what a page reads for it, and whose cursors it takes."""

from dataclasses import replace

import pytest

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers import listing
from handlers.jobs.store.customers.listing import ALL, BadCursorError, JobFilter, JobList
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.table import Put, Query, Table
from tests.handlers.conftest import START, a_job
from tests.handlers.life.memory_table import MemoryTable

HOURS = JobFilter(created_after=START + 1, created_before=START + 3)
FILTERS = [
    ALL,
    JobFilter(state=JobState.FAILED),
    JobFilter(template="title-card"),
    HOURS,
    JobFilter(created_after=START + 2),
    JobFilter(created_before=START + 2),
    replace(HOURS, state=JobState.FAILED, template="title-card"),
]


def filled(table: Table) -> list[Job]:
    """Two jobs in each of five seconds, of every combination of state and template."""
    made = [
        a_job(
            now=START + number // 2,
            state=JobState.FAILED if number % 2 else JobState.QUEUED,
            finished_at=START if number % 2 else None,
            template="title-card" if number % 4 < 2 else None,
        )
        for number in range(10)
    ]
    for job in [*made, a_job(now=START + 1, tenant="other")]:
        table.put(Put(item=job_to_item(job)))
    return sorted(made, key=lambda job: (job.created_at, job.id), reverse=True)


def listed(table: Table, wanted: JobFilter, limit: int = 2) -> list[str]:
    """The whole list, page by page, as a program goes through it."""
    found: list[str] = []
    cursor = None
    while True:
        page = CustomerJobs(table).page("acme", limit=limit, wanted=wanted, cursor=cursor)
        found += [job.id for job in page.jobs]
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("wanted", FILTERS)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_list_has_every_job_that_its_filter_takes_once_and_in_order(wanted: JobFilter, limit: int) -> None:
    table = MemoryTable()
    made = filled(table)
    assert listed(table, wanted, limit) == [job.id for job in made if wanted.takes(job)]


@pytest.mark.short_form(1)
@pytest.mark.parametrize("wanted", FILTERS)
def test_dynamodb_takes_the_queries_and_their_cursors(table: Table, wanted: JobFilter) -> None:
    made = filled(table)
    assert listed(table, wanted) == [job.id for job in made if wanted.takes(job)]


def test_two_lists_that_meet_at_a_time_share_no_job_and_leave_none_out() -> None:
    table = MemoryTable()
    made = filled(table)
    parts = (
        listed(table, JobFilter(created_after=START + 2)),
        listed(table, JobFilter(created_before=START + 2)),
    )
    assert [*parts[0], *parts[1]] == [job.id for job in made]
    assert all(parts)


def test_a_list_between_times_reads_nothing_beyond_them(monkeypatch: pytest.MonkeyPatch) -> None:
    table = MemoryTable()
    filled(table)
    asked: list[Query] = []
    monkeypatch.setattr(table, "query", lambda query: asked.append(query) or iter(()))
    CustomerJobs(table).page("acme", limit=2, wanted=HOURS)
    (query,) = asked
    assert query.match.values[":first"] == "1700000001.000"
    assert query.match.values[":last"] == "1700000003.000"
    assert query.page == 3


@pytest.mark.parametrize(
    "wanted", [JobFilter(state=JobState.RENDERING), JobFilter(template="none"), replace(HOURS, template="x")]
)
def test_a_filter_that_finds_nothing_reads_a_bounded_page_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, wanted: JobFilter
) -> None:
    monkeypatch.setattr(listing, "LOOKED_AT", 3)
    table = MemoryTable(page=100)
    filled(table)
    first = CustomerJobs(table).page("acme", limit=5, wanted=wanted)
    assert (first.jobs, bool(first.cursor)) == ((), True)
    assert listed(table, wanted) == []


@pytest.mark.parametrize("cursor", ["!!!", "bm9uc2Vuc2U", "bmFuI3Jf", "\u00e9", "MSMyIzM"])
def test_a_cursor_of_another_making_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursorError):
        CustomerJobs(MemoryTable()).page("acme", limit=2, cursor=cursor)


@pytest.mark.parametrize(
    "other", [ALL, JobFilter(state=JobState.FAILED), JobFilter(created_after=START), JobFilter(template="x")]
)
def test_a_cursor_works_with_no_other_filter(other: JobFilter) -> None:
    table = MemoryTable()
    filled(table)
    cursor = CustomerJobs(table).page("acme", limit=1, wanted=HOURS).cursor
    with pytest.raises(BadCursorError, match="other filters"):
        CustomerJobs(table).page("acme", limit=1, wanted=other, cursor=cursor)
    assert len(CustomerJobs(table).page("acme", limit=1, wanted=HOURS, cursor=cursor).jobs) == 1


def test_a_position_beyond_the_times_of_the_list_is_refused_before_dynamodb_does() -> None:
    """DynamoDB answers a start key outside of the query's range with a ValidationException."""
    job = a_job(now=START + 9)
    cursor = f"{START + 9:.3f}_{job.id}_{HOURS.name}"
    with pytest.raises(BadCursorError, match="other filters"):
        JobList(tenant="acme", wanted=HOURS).page(
            MemoryTable(), limit=1, cursor=cursor, on_unreadable=lambda _: None
        )


def test_cursors_of_the_previous_release_go_on() -> None:
    """It made plain positions, for lists of all jobs and for those of a state."""
    table = MemoryTable()
    made = filled(table)
    cursor = f"{made[0].created_at:.3f}_{made[0].id}"
    for wanted in (ALL, JobFilter(state=JobState.QUEUED)):
        rest = CustomerJobs(table).page("acme", limit=100, wanted=wanted, cursor=cursor)
        assert [job.id for job in rest.jobs] == [job.id for job in made[1:] if wanted.takes(job)]


def test_a_full_last_page_has_no_cursor() -> None:
    table = MemoryTable()
    for _ in range(4):
        table.put(Put(item=job_to_item(a_job(now=START))))
    first = CustomerJobs(table).page("acme", limit=2)
    assert first.cursor
    assert CustomerJobs(table).page("acme", limit=2, cursor=first.cursor).cursor is None
