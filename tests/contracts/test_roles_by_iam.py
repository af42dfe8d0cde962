"""What the handlers do to the table, judged by the program's roles as IAM would judge it.

The calls are recorded: every side of the store is driven once, on a table that notes action, index, partition
keys and attributes. Nothing is refused, and nothing that a hostile instance tries is allowed. Does not prove
that AWS evaluates as `iam.py` does.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from benchmarks.decision import crowded
from handlers.jobs.ids import job_ids_of_batch, new_batch_id
from handlers.jobs.messages.webhooks import WebhookMessage, Webhooks
from handlers.jobs.model import Batch, BootFailure, Job
from handlers.jobs.outgoing.webhook_events import RENDER_EVENTS
from handlers.jobs.states import JobState
from handlers.jobs.store import webhook_addresses
from handlers.jobs.store.api_keys import ApiKeys
from handlers.jobs.store.attempt_progress import all_with_progress
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.boot_failures import BootFailures
from handlers.jobs.store.compositions import Compositions
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.asset_deletions import AssetDeletion, PendingAssetDeletions, delete_asset
from handlers.jobs.store.customers.deletions import PendingDeletions
from handlers.jobs.store.customers.delivery_requests import DeliveryRequest
from handlers.jobs.store.customers.idempotency import IdempotencyRecord
from handlers.jobs.store.customers.submissions import Submission
from handlers.jobs.store.customers.templates import CustomerTemplates
from handlers.jobs.store.customers.usage_days import UsageDays
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoint, WebhookEndpoints
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.keys import Key
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.reading import untold
from handlers.jobs.store.table import Condition, Delete, Put, Query, Refused, Update, Write
from handlers.jobs.store.webhook_addresses import WebhookAddresses
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.jobs.store.writing import read_job
from handlers.notifier.aws import DeliveryLog
from handlers.notifier.ports import Entry, Standing
from handlers.scaler.aws import AwsFleet, FleetResources
from handlers.scaler.decision import decide
from handlers.scaler.state_store import TableStateStore
from simulator.standard import LIMITS
from tests.contracts.test_instance_attributes import Letters, life_of_an_agent
from tests.handlers.conftest import START, a_job
from tests.handlers.life.memory_table import MemoryTable
from tests.hostile.items import job as ended_job
from tests.hostile.items import put
from tests.iam import Request, allowed, matches

TABLE = "arn:aws:dynamodb:eu-central-1:111122223333:table/jobs"
HOOK = "https://hooks.example.com"
ENDPOINT = WebhookEndpoint(
    id="we_" + "0" * 26, url=HOOK, events=RENDER_EVENTS, created_at=START, updated_at=START
)


@dataclass
class Recorded(MemoryTable):
    """Notes each call as the request that IAM sees."""

    requests: list[Request] = field(default_factory=list)

    def note(
        self,
        action: str,
        leading: str,
        attributes: Sequence[str] = (),
        index: str | None = None,
        select: str | None = None,
    ) -> None:
        resource = f"{TABLE}/index/{index}" if index else TABLE
        found = {"dynamodb:LeadingKeys": [leading]}
        if select:
            found["dynamodb:Select"] = [select]
        if attributes:
            found["dynamodb:Attributes"] = sorted(set(attributes))
        self.requests.append(Request(action=f"dynamodb:{action}", resource=resource, keys=found))

    def get(self, key: Key) -> Item | None:
        self.note("GetItem", key.pk)
        return super().get(key)

    def get_all(self, wanted: Collection[Key]) -> Mapping[Key, Item]:
        for key in wanted:
            self.note("BatchGetItem", key.pk)
        return super().get_all(wanted)

    def delete(self, key: Key, condition: Condition) -> bool:
        self.note("DeleteItem", key.pk)
        return super().delete(key, condition)

    def try_transaction(self, writes: Sequence[Write]) -> Refused | None:
        for write in writes:
            conditions = re.findall(r"#(\w+)", write.condition.text)
            match write:
                case Put():
                    self.note("PutItem", str(write.item["pk"]), [*write.item, *conditions])
                case Update():
                    self.note("UpdateItem", write.key.pk, ["pk", "sk", *write.changes, *conditions])
                case Delete():
                    self.note("DeleteItem", write.key.pk, ["pk", "sk", *conditions])
        return super().try_transaction(writes)

    def query(self, query: Query) -> Iterator[Item]:
        self._ask(query)
        return super().query(query)

    def count(self, query: Query, *, at_most: int) -> int:
        self._ask(query, select="COUNT")
        return super().count(query, at_most=at_most)

    def _ask(self, query: Query, select: str | None = None) -> None:
        partition = next(str(value) for value in query.match.values.values())
        self.note("Query", partition, index=query.index, select=select)


def job_server(table: Recorded) -> None:
    jobs, job = CustomerJobs(table), a_job(now=START, webhook_url=HOOK)
    webhook_addresses.begin(table, now=START)
    record = IdempotencyRecord(
        tenant="acme", key="k", job_id=job.id, body_sha256="0", expires_at=2_000_000_000
    )
    assert jobs.idempotency_record("acme", "k", now=START) is None
    jobs.submit(job, record=record, actor="api:acme", now=START, composition=b"packed")
    several(table)
    DispatchMarks(table).take_back(job, now=START)
    jobs.get(job.id)
    jobs.look(job.id)
    jobs.composition("r_" + "0" * 26)
    deletion = AssetDeletion(asset_id="a_" + "0" * 26, tenant="acme", at=START)
    jobs.delete_asset(deletion, actor="api:acme", expires_at=2_000_000_000)
    assert jobs.has_deleted_asset("acme", "a_" + "0" * 26)
    jobs.usage("acme", date(2023, 11, 1), date(2023, 11, 30))
    jobs.page("acme", limit=5)
    all_with_progress(table, [replace(job, state=JobState.RENDERING)])
    jobs.events(job.id)
    jobs.deliveries(job.id)
    WebhookEndpoints(table).change("acme", lambda _: (ENDPOINT,))
    for last in "01":
        again = DeliveryRequest(
            id=f"d_{last * 26}", tenant="acme", about=job.id, at=START, place="d_" + "0" * 26
        )
        assert jobs.request_delivery(again) == "d_" + "0" * 26
    templates = CustomerTemplates(table)
    templates.put("acme", "promo", {}, if_version=None, now=START)
    templates.newest("acme", "promo")
    templates.of_tenant("acme")
    assert templates.delete("acme", "promo", if_version=None, now=START) is None
    jobs.queued_of_tenant("acme", fleet="cpu", at_most=5)
    jobs.scaler_view("cpu")
    jobs.request_cancel(job.id, actor="api:acme", now=START)
    for _ in range(2):
        assert jobs.delete(job.id, tenant="acme", actor="api:acme", now=START) is None
    assert ApiKeys(table).owner_of(ApiKeyAdmin(MemoryTable.of(table)).create("acme", now=START))


def several(table: Recorded) -> None:
    jobs, batch_id = CustomerJobs(table), new_batch_id(START)
    first, second = (
        Submission(job=a_job(now=START, id=job_id, webhook_url=HOOK, batch=batch_id), composition=b"packed")
        for job_id in job_ids_of_batch(batch_id, 2)
    )
    batch = Batch(
        id=batch_id,
        tenant="acme",
        items=2,
        written=1,
        written_at=START,
        created_at=START,
        expires_at=2_000_000_000,
    )
    record = IdempotencyRecord(
        tenant="acme", key="b", job_id=batch_id, body_sha256="0", expires_at=2_000_000_000
    )
    assert jobs.begin_batch(batch, [first], record=record, actor="api:acme", now=START) is None
    assert jobs.extend_batch(batch, [second], actor="api:acme", now=START)
    assert jobs.batch(batch_id)
    jobs.states_of(batch)


def sweeper(table: Recorded) -> None:
    store, plain = OverdueJobs(table), MemoryTable.of(table)
    jobs = [a_job(now=START + number, webhook_url=HOOK) for number in range(2)]
    for job in jobs:
        CustomerJobs(plain).submit(job, record=None, actor="api:acme", now=START)
    WorkerHeartbeats(plain).register("i-1", fleet="cpu", now=START)
    claim = Claim(job_id=jobs[0].id, attempt=1, instance_id="i-1")
    WorkerJobs(plain).claim(claim, now=START, lease_seconds=1)
    later = START + 100
    for job in store.expired("cpu", now=later):
        store.expire(job, attempt_limit=1, actor="sweeper", now=later)
    for job in store.unsent("cpu", queued_before=later):
        store.waiting(job)
        store.mark_sent_again(job, actor="sweeper", now=later)
    list(store.sent("cpu", sent_before=later))
    store.count_sent("cpu", at_most=5)
    list(store.owing("cpu", ended_before=later + 1))
    for job in store.stranded("cpu", now=later):
        store.end_stranded(job, actor="sweeper", now=later)
    ended = ended_job(1)
    put(plain, job_to_item(ended))
    assert CustomerJobs(plain).delete(ended.id, tenant=ended.tenant, actor="api:acme", now=later) is None
    deletions = PendingDeletions(table)
    (deletion,) = deletions.pending(now=later)
    deletions.erase_items(deletion)
    deletions.mark_erased(deletion, now=later)
    asset = AssetDeletion(asset_id="a_" + "0" * 26, tenant="acme", at=START)
    delete_asset(plain, asset, actor="api:acme", expires_at=2_000_000_000)
    files = PendingAssetDeletions(table)
    (deleted,) = files.pending(now=later)
    files.mark_erased(deleted, now=later)


def notifier(table: Recorded) -> None:
    plain, job = MemoryTable.of(table), a_job(now=START, webhook_url=HOOK)
    CustomerJobs(plain).submit(job, record=None, actor="api:acme", now=START)
    read_job(table, job.id)
    WebhookAddresses(table).of(job, now=START)
    WebhookAddresses(table).of(a_job(now=START, webhook_url=HOOK), now=START)
    log = DeliveryLog(table)
    for message in (WebhookMessage(job_id=job.id), WebhookMessage(job_id=job.id, redelivery="d_" + "0" * 26)):
        log.standing(message)
        entry = Entry(at=START, webhook_id="msg_1", delivered=True, error=None)
        log.record(job, message, Standing(ended_with=1), entry)
    WebhookEndpoints(table).change("acme", lambda _: (ENDPOINT,))
    put(table, job_to_item(ended_job(1)))
    assert Webhooks(Letters(), table, "q").queue(ended_job(1), now=START)  # type: ignore[arg-type]
    assert UsageDays(table, untold).count(ended_job(1), now=START)


def scaler(table: Recorded) -> None:
    plain, workers = MemoryTable.of(table), FleetWorkers(table)
    WorkerHeartbeats(plain).register("i-1", fleet="cpu", now=START)
    BootFailures(plain).record(BootFailure(instance_id="i-2", fleet="cpu", at=START, words="no"))
    resources = FleetResources(fleet="cpu", group="g", queue_url="q", launch_hook="l", terminate_hook="t")
    fleet = AwsFleet(resources, table, None, None)  # type: ignore[arg-type]
    fleet._records(START)
    fleet._waiting(START)
    workers.mark_draining("i-1")
    workers.mark_draining("i-9")
    read_job(table, "r_" + "0" * 26)
    store, snapshot = TableStateStore(table, "cpu"), crowded(queued=1, instances=3)
    store.write(store.read(), snapshot, decide(snapshot, LIMITS), "")
    table.put(Put(item=fleet._epitaph("i-9", START)))


def agent(table: Recorded) -> None:
    plain, heartbeats = MemoryTable.of(table), WorkerHeartbeats(table)
    claims = WorkerJobs(table, most_of_tenant=2)
    heartbeats.register("i-1", fleet="cpu", now=START)
    heartbeats.heartbeat("i-1", now=START)
    job = a_job(now=START)
    CustomerJobs(plain).submit(job, record=None, actor="api:acme", now=START)
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    assert isinstance(claims.claim(claim, now=START, lease_seconds=60), Job)
    claims.tenant_of(job.id)
    Compositions(table).of(job.id)
    claims.renew(claim, now=START, lease_seconds=60)
    claims.report(claim, percent=1, stage="x", expires_at=2_000_000_000)
    claims.release(claim, detail="x", now=START)
    DispatchMarks(table).mark(job.id, attempt=1, now=START)
    heartbeats.start_draining("i-1")
    heartbeats.leave("i-1")


DRIVEN: dict[str, Callable[[Recorded], None]] = {
    "job-server-handler": job_server,
    "sweeper-handler": sweeper,
    "notifier-handler": notifier,
    "cpu-scaler-handler": scaler,
    "cpu-fleet-agent": agent,
}


@pytest.fixture
def roles(program: Any) -> dict[str, list[dict[str, Any]]]:
    """Role of prod -> its statements, with the table's ARN as the recording has it."""
    found = {}
    for one in program("prod").of("aws:iam/rolePolicy:RolePolicy"):
        if one.name.endswith(("-handler", "-agent")):
            text = re.sub(r"arn:aws:dynamodb:[^\"]*?:table/[\w-]+", TABLE, one.inputs["policy"])
            found[one.name] = json.loads(text)["Statement"]
    return found


@pytest.mark.parametrize("role", DRIVEN)
def test_a_role_allows_every_call_of_its_handler(roles: Any, role: str) -> None:
    table = Recorded()
    DRIVEN[role](table)
    assert len(table.requests) > 5
    refused = [one for one in table.requests if not allowed(roles[role], one)]
    assert refused == []


@pytest.mark.parametrize("role", DRIVEN)
def test_a_role_grants_nothing_about_items_that_its_handler_does_not_use(roles: Any, role: str) -> None:
    table = Recorded()
    DRIVEN[role](table)
    used = [(one.action, one.resource, one.keys["dynamodb:LeadingKeys"][0]) for one in table.requests]
    unused = [
        (action, resource, pattern)
        for statement in roles[role]
        for action in statement["Action"]
        for resource in statement["Resource"]
        for pattern in statement.get("Condition", {})
        .get("ForAllValues:StringLike", {})
        .get("dynamodb:LeadingKeys", [])
        if not any(action == a and resource == r and matches(pattern, key) for a, r, key in used)
    ]
    assert unused == []


def test_an_agents_writes_are_allowed(roles: Any) -> None:
    calls = {"Put": "PutItem", "Update": "UpdateItem"}
    for (kind, about), names in life_of_an_agent().items():
        found = {"dynamodb:LeadingKeys": [f"{about}#x"], "dynamodb:Attributes": sorted(names)}
        request = Request(action=f"dynamodb:{calls[kind]}", resource=TABLE, keys=found)
        assert allowed(roles["cpu-fleet-agent"], request), (kind, about)


HOSTILE = [
    ("UpdateItem", "JOB#r_1", ["pk", "sk", "tenant"]),
    ("UpdateItem", "JOB#r_1", ["pk", "sk", "webhook_url"]),
    ("UpdateItem", "JOB#r_1", ["pk", "sk", "state", "composition_key"]),
    ("UpdateItem", "JOB#r_1", ["pk", "sk", "tenant_pk"]),
    ("PutItem", "JOB#r_1", ["pk", "sk", "id", "tenant", "state", "tenant_pk", "tenant_sk"]),
    ("PutItem", "JOB#r_1", ["pk", "sk", "entity", "state_pk", "state_sk"]),
    ("PutItem", "WORKER#i-1", ["pk", "sk", "tenant_pk", "tenant_sk"]),
    ("PutItem", "WEBHOOK#r_1", ["pk", "sk", "tenant", "url"]),
    ("UpdateItem", "WEBHOOK#r_1", ["pk", "sk", "url"]),
    ("PutItem", "KEY#0", ["pk", "sk", "tenant"]),
    ("PutItem", "IDEM#acme#k", ["pk", "sk", "job_id"]),
    ("PutItem", "SCALER#cpu", ["pk", "sk"]),
    ("PutItem", "COMPOSITION#r_1", ["pk", "sk", "entity", "expires_at"]),
    ("UpdateItem", "COMPOSITION#r_1", ["pk", "sk", "content"]),
    ("GetItem", "KEY#0", []),
    ("GetItem", "WEBHOOK#r_1", []),
    ("DeleteItem", "JOB#r_1", []),
    ("Query", "TENANT#acme", []),
    ("Query", "JOB#rendering#cpu", []),
    ("Scan", "", []),
]


@pytest.mark.parametrize(("action", "leading", "attributes"), HOSTILE)
def test_what_a_hostile_instance_tries_is_refused(
    roles: Any, action: str, leading: str, attributes: list[str]
) -> None:
    found = {"dynamodb:LeadingKeys": [leading], "dynamodb:Attributes": attributes}
    for resource in (TABLE, f"{TABLE}/index/by-tenant", f"{TABLE}/index/by-state"):
        request = Request(action=f"dynamodb:{action}", resource=resource, keys=found)
        assert not allowed(roles["cpu-fleet-agent"], request)
