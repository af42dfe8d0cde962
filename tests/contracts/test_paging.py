"""Every query of the project gives the same whether DynamoDB answers it in one page or in many of two items.

A page ends at a megabyte, which no test reaches. What is proved here is that nobody takes one page for all.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from handlers.jobs.ids import batch_created_at, job_ids_of_batch
from handlers.jobs.messages.webhooks import WebhookMessage
from handlers.jobs.model import Batch, Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.asset_deletions import AssetDeletion, PendingAssetDeletions, delete_asset
from handlers.jobs.store.customers.deletions import PendingDeletions
from handlers.jobs.store.customers.listing import ALL, JobFilter
from handlers.jobs.store.customers.templates import CustomerTemplates
from handlers.jobs.store.customers.tenant_limits import TenantLimits, TenantLimitsAdmin
from handlers.jobs.store.customers.usage_days import UsageDays
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.reading import untold
from handlers.jobs.store.table import Put, Query, Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.notifier.aws import DeliveryLog
from handlers.notifier.ports import Entry, Standing
from handlers.scaler.aws import AwsFleet, FleetResources
from tests.handlers.conftest import START, a_job
from tests.handlers.life.memory_table import MemoryTable

ROOT = Path(__file__).parents[2]
EACH = 5
LATER = START + 3600
ONE_PAGE, PAGES_OF_TWO = 10_000, 2

Call = Callable[[Table], object]


class Watched(MemoryTable):
    """Remembers which function of the project asked."""

    asked: set[tuple[str, str]]

    def query(self, query: Query) -> Iterator[Item]:
        self._note()
        return super().query(query)

    def count(self, query: Query, *, at_most: int) -> int:
        self._note()
        return super().count(query, at_most=at_most)

    def _note(self) -> None:
        asking = sys._getframe(2).f_code
        self.asked.add((str(Path(asking.co_filename).relative_to(ROOT)), asking.co_name))


def filled() -> MemoryTable:
    """Of every kind that a query reads as many as take several pages of two."""
    table = MemoryTable()
    for number in range(EACH):
        at = START + number
        WorkerHeartbeats(table).register(f"i-{number}", fleet="cpu", now=at)
        jobs = [a_job(now=at, id=f"r_{kind}{number:025d}") for kind in "012"]
        for job in jobs:
            CustomerJobs(table).submit(job, record=None, actor="api:acme", now=at)
        claims = [Claim(job_id=job.id, attempt=1, instance_id=f"i-{number}") for job in jobs[1:]]
        assert isinstance(WorkerJobs(table).claim(claims[0], now=at, lease_seconds=60), Job)
        failure = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
        WorkerJobs(table).fail(claims[0], failure, attempt_limit=1, now=at)
        assert isinstance(WorkerJobs(table).claim(claims[1], now=at, lease_seconds=60), Job)
        gone = a_job(now=at, id=f"r_d{number:025d}", tenant="gone")
        CustomerJobs(table).submit(gone, record=None, actor="api:gone", now=at)
        CustomerJobs(table).request_cancel(gone.id, actor="api:gone", now=at)
        assert CustomerJobs(table).delete(gone.id, tenant="gone", actor="api:gone", now=at) is None
        sent = a_job(now=at, id=f"r_s{number:025d}", tenant="other")
        CustomerJobs(table).submit(sent, record=None, actor="api:other", now=at)
        DispatchMarks(table).mark(sent.id, attempt=1, now=at)
        ApiKeyAdmin(table).create("acme", now=at)
        TenantLimitsAdmin(table).set(f"tenant-{number}", TenantLimits(queued=1), now=at)
        for name in (f"template-{number}", "promo"):
            CustomerTemplates(table).put("acme", name, {"number": number}, if_version=None, now=at)
        asset = AssetDeletion(asset_id=f"a_{number:026d}", tenant="acme", at=at)
        delete_asset(table, asset, actor="api:acme", expires_at=2_000_000_000)
        ended = a_job(now=at, id=f"r_e{number:025d}", state=JobState.CANCELLED)
        UsageDays(table, untold).count(replace(ended, finished_at=at - number * 86_400), now=LATER)
    for place, job_id in enumerate(job_ids_of_batch(BATCH.id, EACH)):
        one = a_job(now=BATCH.created_at, id=job_id, tenant="several", batch=BATCH.id, fleet="gpu")
        CustomerJobs(table).submit(one, record=None, actor="api:several", now=START + place)
    long = a_job(now=START, id="r_" + "z" * 26, tenant="other")
    for number in range(1, EACH + 1):
        event = keys.event(long.id, number)
        table.put(Put(item={**_event(long, number), "pk": event.pk, "sk": event.sk}))
        log = DeliveryLog(table)
        message = WebhookMessage(job_id=long.id)
        standing = log.standing(message) or Standing(ended_with=long.attempt)
        entry = Entry(at=START + number, webhook_id="msg_1", delivered=False, error="answered 500")
        log.record(long, message, standing, entry)
    return table


def _event(job: Job, number: int) -> Item:
    return {
        "entity": "EVENT",
        "job_id": job.id,
        "number": number,
        "at": START,
        "actor": "api:other",
        "kind": "submitted",
        "detail": "",
        "trace_id": "0" * 32,
    }


def in_parts(table: Table, wanted: JobFilter = ALL) -> list[list[str]]:
    """A tenant's list, two at a time, as a program goes through it."""
    parts, cursor = [], None
    while True:
        part = CustomerJobs(table).page("acme", limit=2, wanted=wanted, cursor=cursor)
        parts.append([job.id for job in part.jobs])
        cursor = part.cursor
        if cursor is None:
            return parts


def fleet(table: Table) -> AwsFleet:
    resources = FleetResources(fleet="cpu", group="g", queue_url="q", launch_hook="l", terminate_hook="t")
    return AwsFleet(resources, table, None, None)  # type: ignore[arg-type]


LONG = "r_" + "z" * 26
BATCH_ID = "b_01hf7yat00z3ghvhxwt0jccf"
BATCH = Batch(
    id=BATCH_ID,
    tenant="several",
    items=EACH,
    written=EACH,
    written_at=START,
    created_at=batch_created_at(BATCH_ID),
    expires_at=int(LATER),
)
CALLS: dict[str, tuple[Call, int]] = {
    "batch": (lambda table: list(CustomerJobs(table).states_of(BATCH).elements()), EACH),
    "render": (lambda table: [CustomerJobs(table).get(f"r_0{0:025d}")], 1),
    "look": (lambda table: [CustomerJobs(table).look(f"r_1{0:025d}")], 1),
    "usage": (lambda table: CustomerJobs(table).usage("acme", date(2023, 11, 1), date(2023, 11, 30)), EACH),
    "templates": (lambda table: CustomerTemplates(table).of_tenant("acme"), EACH + 1),
    "newest version": (lambda table: [CustomerTemplates(table).newest("acme", "promo")], 1),
    "room for templates": (lambda table: [CustomerTemplates(table)._is_full("acme")], 1),
    "events": (lambda table: CustomerJobs(table).events(LONG), EACH),
    "deliveries": (lambda table: CustomerJobs(table).deliveries(LONG), EACH),
    "list": (in_parts, 8),
    "list of a state": (lambda table: in_parts(table, JobFilter(state=JobState.QUEUED)), 3),
    "list of some hours": (
        lambda table: in_parts(table, JobFilter(created_after=START + 1, created_before=START + 4)),
        5,
    ),
    "count": (
        lambda table: range(CustomerJobs(table).queued_of_tenant("acme", fleet="cpu", at_most=99)),
        EACH,
    ),
    "count to a limit": (
        lambda table: range(CustomerJobs(table).queued_of_tenant("acme", fleet="cpu", at_most=4)),
        4,
    ),
    "expired": (lambda table: list(OverdueJobs(table).expired("cpu", now=LATER)), EACH),
    "unsent": (lambda table: list(OverdueJobs(table).unsent("cpu", queued_before=LATER)), EACH),
    "sent": (lambda table: list(OverdueJobs(table).sent("cpu", sent_before=LATER)), EACH),
    "count of sent": (lambda table: range(OverdueJobs(table).count_sent("cpu", at_most=99)), EACH),
    "owing": (lambda table: list(OverdueJobs(table).owing("cpu", ended_before=LATER)), EACH),
    "deletions": (lambda table: list(PendingDeletions(table).pending(now=LATER)), EACH),
    "deleted assets": (lambda table: list(PendingAssetDeletions(table).pending(now=LATER)), EACH),
    "keys": (lambda table: list(ApiKeyAdmin(table).of_tenant("acme")), EACH),
    "limited tenants": (lambda table: list(TenantLimitsAdmin(table).all()), EACH),
    "workers": (lambda table: FleetWorkers(table).of_fleet("cpu"), EACH),
    "workers that spoke": (lambda table: list(fleet(table)._records(START).workers.items()), EACH),
    "share of a tenant": (
        lambda table: range(
            WorkerJobs(table, most_of_tenant=EACH)._has_its_share(a_job(now=START), START + 9)
        ),
        1,
    ),
    "waiting": (lambda table: [fleet(table)._waiting(START + 9)], 1),
}


@pytest.fixture(scope="module")
def table() -> MemoryTable:
    return filled()


@pytest.mark.parametrize("name", CALLS)
def test_what_is_found_does_not_depend_on_the_size_of_a_page(table: MemoryTable, name: str) -> None:
    call, most = CALLS[name]
    whole, parts = (call(MemoryTable(items=table.items, page=size)) for size in (ONE_PAGE, PAGES_OF_TWO))
    assert whole == parts
    assert len(whole) == most  # type: ignore[arg-type]


def test_no_query_is_left_out(table: MemoryTable) -> None:
    watched = Watched(items=table.items)
    watched.asked = set()
    for call, _ in CALLS.values():
        call(watched)
    assert watched.asked == set(_queries())


def _queries() -> Iterator[tuple[str, str]]:
    """Every function of the project that asks the table."""
    for path in sorted((ROOT / "handlers").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef) and any(map(_asks, ast.walk(function))):
                yield str(path.relative_to(ROOT)), function.name


def _asks(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"query", "count"}
        and "table" in ast.unparse(node.func.value)
    )
