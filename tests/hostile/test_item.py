"""A hostile instance has written every job item: whoever reads them goes on, and speaks for nobody else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from handlers.job_server import views
from handlers.job_server.renders.callers import Caller, Limits
from handlers.job_server.renders.refusals import FinalError, NotFoundError
from handlers.job_server.renders.service import RenderService
from handlers.jobs.answers import ClaimRefusal
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.webhooks import WebhookMessage
from handlers.jobs.model import Job, WorkerState
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.states import JobState
from handlers.jobs.store import keys, webhook_addresses
from handlers.jobs.store.attributes import Item, decode_item, encode_item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.asset_deletions import PendingAssetDeletions
from handlers.jobs.store.customers.deletions import Deletion, PendingDeletions
from handlers.jobs.store.customers.listing import ALL
from handlers.jobs.store.customers.usage_days import UsageDays
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoints
from handlers.jobs.store.failed_jobs import FailedJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.reading import UnreadableItemError, untold
from handlers.jobs.store.table import Put
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.notifier import entrypoint as notifier_entrypoint
from handlers.notifier.aws import DeliveryLog, JobReader
from handlers.notifier.results import Refused
from handlers.notifier.service import Notifier
from handlers.notifier.slow_receivers import SlowReceivers
from handlers.scaler.aws import AwsFleet, FleetResources
from handlers.scaler.stream import news_of
from handlers.sweeper.service import Rules, Sweeper
from tests.handlers.conftest import START, Clock
from tests.handlers.job_server.fakes import FakeObjects, FakeQueue
from tests.handlers.life.memory_table import MemoryTable
from tests.hostile.items import HOOK, VICTIM_JOB, VICTIM_VIDEO, job, malformed, poisoned, put

ME = Caller(tenant="acme", traceparent=None)
NOW = START + 100_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Links(FakeObjects):
    """An object store that notes what it was asked to sign."""

    signed: list[str] = field(default_factory=list)

    def download_link(self, key: str, *, now: float):  # type: ignore[no-untyped-def]
        self.signed.append(key)
        return super().download_link(key, now=now)


def service(table: MemoryTable, links: Links, told: list[UnreadableItemError]) -> RenderService:
    limits = Limits(tenant_queued=5, retention_days=30, attempts=3)
    jobs = CustomerJobs(table, told.append)
    return RenderService.of(jobs=jobs, objects=links, queue=FakeQueue(), limits=limits, clock=Clock(NOW))


@pytest.mark.parametrize("state", list(JobState))
def test_a_list_shows_what_can_be_read_and_tells_of_the_rest(state: JobState) -> None:
    table, _, good = poisoned(state)
    told: list[UnreadableItemError] = []
    seen, cursor = set[str](), None
    server = service(table, Links(), told)
    while True:
        page = server.looks.page(ME, limit=100, wanted=ALL, key=None, cursor=cursor)
        seen |= {one.id for one in views.render_list(page).renders}
        cursor = page.cursor
        if cursor is None:
            break
    assert good.id in seen
    assert told
    assert all(str(error).isascii() and str(error).isprintable() for error in told)


@pytest.mark.short_form(2)
@pytest.mark.parametrize("state", list(JobState))
def test_one_job_is_shown_or_not_found_and_links_lead_to_its_own_video(state: JobState) -> None:
    table, done, _ = poisoned(state)
    links = Links()
    server = service(table, links, [])
    for job_id, what in done.items():
        links.signed.clear()
        try:
            shown = views.render(server.looks.get(ME, job_id)).model_dump_json()
            server.looks.events(ME, job_id)
            server.looks.deliveries(ME, job_id)
        except NotFoundError:
            shown = ""
        assert "\\u001b" not in shown, what
        own = {keys.video_object("acme", job_id, attempt) for attempt in (1, 2)}
        assert set(links.signed) <= own, what


@pytest.mark.short_form(1)
@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RENDERING])
def test_a_cancellation_is_answered(state: JobState) -> None:
    table, done, _ = poisoned(state)
    server = service(table, Links(), [])
    for job_id in done:
        try:
            views.render(server.endings.cancel(ME, job_id))
        except (NotFoundError, FinalError, TryAgainLater):
            continue


def test_a_video_of_another_tenant_is_never_linked() -> None:
    table, links = MemoryTable(), Links()
    mine = replace(job(1), output_key=VICTIM_VIDEO)
    put(table, job_to_item(mine))
    server = service(table, links, [])
    server.looks.page(ME, limit=10, wanted=ALL, key=None, cursor=None)
    with pytest.raises(NotFoundError):
        server.looks.get(ME, mine.id)
    assert links.signed == []


def test_a_job_that_was_moved_into_another_tenants_list_is_not_shown_there() -> None:
    table, links, told = MemoryTable(), Links(), list[UnreadableItemError]()
    victims = job(1, tenant="zenith")
    put(table, {**job_to_item(victims), "tenant_pk": keys.tenant_pk("acme")})
    assert (
        service(table, links, told).looks.page(ME, limit=10, wanted=ALL, key=None, cursor=None).renders == ()
    )
    assert links.signed == []
    assert len(told) == 1


def test_events_that_cannot_be_read_are_skipped() -> None:
    table, told = MemoryTable(), list[UnreadableItemError]()
    jobs = CustomerJobs(table, told.append)
    mine = job(1, JobState.QUEUED)
    jobs.submit(mine, record=None, actor="api:acme", now=START)
    for number, broken in enumerate(({"at": "x"}, {"kind": "owned"}, {"number": -1}, {"detail": 3}), 2):
        key = keys.event(mine.id, number)
        event = table.items[keys.event(mine.id, 1)]
        put(table, {**event, "pk": key.pk, "sk": key.sk, **broken})
    put(table, {"pk": keys.job(mine.id).pk, "sk": "EVENT#", "entity": "EVENT"})
    assert [one.number for one in jobs.events(mine.id)] == [1]
    assert len(told) == 5


# The notifier


@dataclass
class Receivers:
    """Every receiver there is; notes who was called, and signed for whom."""

    posted: list[tuple[str, str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    def of(self, tenant: str) -> str:
        self.secrets.append(tenant)
        return SECRET

    def post(self, target, body: str, headers: Mapping[str, str], **_: object) -> int:  # type: ignore[no-untyped-def]
        self.posted.append((f"https://{target.host}{target.path}", body))
        return 200


@dataclass
class Webhooks:
    """The notification queue."""

    queued: list[str] = field(default_factory=list)

    def queue(self, ended: Job, *, now: float) -> bool:
        self.queued.append(ended.id)
        return True


def notifier(table: MemoryTable, receivers: Receivers, webhooks: Webhooks) -> Notifier:
    return Notifier(
        jobs=JobReader(table),
        addresses=webhook_addresses.WebhookAddresses(table),
        endpoints=WebhookEndpoints(table),
        log=DeliveryLog(table),
        usage=UsageDays(table, untold),
        webhooks=webhooks,
        queue=None,  # type: ignore[arg-type]
        secrets=receivers,
        sender=receivers,
        look_up=lambda _host, _port: ["93.184.216.34"],
        hurried_look_up=lambda _host, _port: ["93.184.216.34"],
        slow_receivers=SlowReceivers(now=lambda: NOW, chance=lambda: 0.5),
        targets=WebhookTargets.PUBLIC,
        limit=3,
        now=lambda: NOW,
        chance=lambda: 0.0,
    )


def about(job_id: str) -> WebhookMessage:
    return WebhookMessage(job_id=job_id)


def submitted(table: MemoryTable, one: Job) -> None:
    """What the job server wrote when the job came."""
    webhook_addresses.begin(table, now=START - 100_000)
    assert one.webhook_url
    table.put(Put(item=webhook_addresses.address_put(one, one.webhook_url).item))


def test_a_webhook_goes_where_it_was_submitted_signed_for_its_own_tenant_or_nowhere() -> None:
    table, done, good = poisoned(JobState.FAILED)
    for job_id in (*done, good.id):
        submitted(table, replace(good, id=job_id))
    receivers = Receivers()
    sends = notifier(table, receivers, Webhooks())
    refused = sum(isinstance(sends.deliver(about(job_id), tries=1), Refused) for job_id in (*done, good.id))
    assert {url for url, _ in receivers.posted} == {HOOK}
    assert set(receivers.secrets) == {"acme"}
    assert refused > 100
    assert all("\\u001b" not in body and "\\u202e" not in body for _, body in receivers.posted)


def test_a_job_that_nobody_submitted_is_told_to_nobody() -> None:
    table, receivers = MemoryTable(), Receivers()
    webhook_addresses.begin(table, now=START - 100_000)
    forged = replace(job(1), tenant="zenith", id=VICTIM_JOB, output_key=None, output=None)
    forged = replace(forged, composition_key=keys.composition_object("zenith", VICTIM_JOB))
    put(table, job_to_item(forged))
    assert isinstance(notifier(table, receivers, Webhooks()).deliver(about(VICTIM_JOB), tries=1), Refused)
    assert receivers.posted == []


def test_a_job_of_the_release_before_is_told_for_a_day() -> None:
    table, receivers = MemoryTable(), Receivers()
    put(table, job_to_item(job(1)))
    webhook_addresses.begin(table, now=NOW - 86_000)
    sends = notifier(table, receivers, Webhooks())
    assert not isinstance(sends.deliver(about(job(1).id), tries=1), Refused)
    webhook_addresses.begin(table, now=NOW)
    later = replace(sends, now=lambda: NOW + 1_000)
    put(table, job_to_item(job(2)))
    assert isinstance(later.deliver(about(job(2).id), tries=1), Refused), "a later start opens no new day"


def test_an_item_that_cannot_be_read_does_not_stop_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    table, webhooks = MemoryTable(), Webhooks()
    good, records = job(0, JobState.FAILED), list[dict[str, object]]()
    put(table, job_to_item(good))
    before = encode_item(job_to_item(job(0, JobState.RENDERING)))
    after = encode_item(job_to_item(good))
    images = [*((item, before) for _, _, item in malformed(JobState.FAILED)), (after, before)]
    images += [(after, item) for _, _, item in malformed(JobState.RENDERING)]
    for number, (new, old) in enumerate(images):
        change = {"SequenceNumber": str(number), "NewImage": new, "OldImage": old}
        records.append({"eventSource": "aws:dynamodb", "eventName": "MODIFY", "dynamodb": change})
    monkeypatch.setattr(
        notifier_entrypoint,
        "_deployed",
        lambda: (type("Settings", (), {"environment": "test"}), notifier(table, Receivers(), webhooks)),
    )
    assert notifier_entrypoint.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert good.id in webhooks.queued


# Sweeper, scaler, agent, operator


@dataclass
class Repairs:
    """The sweeper's queues."""

    done: list[str] = field(default_factory=list)

    def send(self, one: Job) -> None:
        self.done.append(one.id)

    def mark(self, one: Job, *, now: float) -> None:
        """Nothing."""

    def waiting(self, fleet: str) -> int:
        return 0

    def leave(self, one: Job, *, now: float) -> None:
        self.done.append(one.id)

    def erase(self, deletion: Deletion) -> bool:
        raise AssertionError(f"nobody has deleted {deletion.job_id}")

    def queue(self, one: Job, *, now: float) -> bool:
        self.done.append(one.id)
        return True


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RENDERING, JobState.FAILED])
def test_the_sweeper_repairs_what_can_be_read(state: JobState) -> None:
    table, _, good = poisoned(state)
    repairs = Repairs()
    rules = Rules(attempt_limit=9, dispatch_grace_seconds=30)
    sweeper = Sweeper(
        store=OverdueJobs(table),
        deletions=PendingDeletions(table),
        asset_deletions=PendingAssetDeletions(table),
        files=repairs,
        queue=repairs,
        letters=repairs,
        webhooks=repairs,
        rules=rules,
    )
    swept = sweeper.sweep(["cpu"], now=NOW, in_time=lambda: True)
    assert good.id in repairs.done
    assert any("unreadable" in one for one in swept.mistakes)


@pytest.mark.parametrize("named", [VICTIM_JOB, "r_" + "1" * 26])
def test_an_item_that_only_says_it_is_a_deletion_erases_nothing(named: str) -> None:
    """An instance may write the index's key and any attribute of the items of jobs."""
    table = MemoryTable()
    item = job_to_item(job(1))
    forged = {
        "state_pk": "DELETIONS",
        "state_sk": START,
        "job_id": named,
        "tenant": "zenith",
        "deleted_at": 1,
    }
    put(table, {**item, **forged})
    pending = PendingDeletions(table).pending(now=NOW)
    with pytest.raises(UnreadableItemError, match="1 unreadable"):
        next(pending)


def test_the_scalers_stream_goes_on() -> None:
    good = job(0, JobState.QUEUED)
    images = [item for _, _, item in malformed(JobState.QUEUED)]
    told: list[UnreadableItemError] = []
    records = [{"dynamodb": {"NewImage": image}} for image in (*images, encode_item(job_to_item(good)))]
    news = news_of(records, "cpu", told.append)  # type: ignore[arg-type]
    assert START in news.arrived
    assert told
    assert all(0 <= one <= 10_000_000_000 for one in news.arrived)


class FakeGroup:
    """A group that lets every instance go."""

    def release(self, instance: str) -> bool:
        return True


def scaler(table: MemoryTable, told: list[UnreadableItemError]) -> AwsFleet:
    resources = FleetResources(fleet="cpu", group="g", queue_url="q", launch_hook="l", terminate_hook="t")
    return AwsFleet(resources, table, FakeGroup(), None, told.append)  # type: ignore[arg-type]


def test_the_scaler_counts_what_waits() -> None:
    table, _, _ = poisoned(JobState.QUEUED)
    waiting = scaler(table, [])._waiting(NOW)
    assert waiting.jobs > 0
    assert 0 <= waiting.oldest_s <= NOW


def test_workers_that_cannot_be_read_hide_no_other_worker() -> None:
    table, told = MemoryTable(page=100), list[UnreadableItemError]()
    heartbeats = WorkerHeartbeats(table)
    heartbeats.register("i-good", fleet="cpu", now=NOW)
    (good,) = list(table.items.values())
    number = 0
    for what, _, raw in malformed(JobState.RENDERING):
        name, kind = what.split(": ")
        if name in good and name not in {"pk", "sk", "state_pk", "state_sk"} and kind != "removed":
            foreign = decode_item({name: raw[name]})
            put(table, {**good, "pk": f"WORKER#i-{number}", **foreign})
            number += 1
    put(table, {**{k: v for k, v in good.items() if k != "entity"}, "pk": "WORKER#i-none"})
    assert number > 20
    fleet = scaler(table, told)
    assert "i-good" in fleet._records(NOW).workers
    assert told
    assert "i-good" in {one.instance_id for one in FleetWorkers(table).of_fleet("cpu")}
    for instance in [f"i-{one}" for one in range(number)]:
        fleet.release(instance, heard_after=NOW + 1)
        FleetWorkers(table).mark_draining(instance)
        heartbeats.heartbeat(instance, now=NOW)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RENDERING])
def test_an_agent_takes_no_job_that_is_not_its_own_job(state: JobState) -> None:
    table, done, good = poisoned(state)
    agent = WorkerJobs(table)
    for number, (job_id, what) in enumerate([*done.items(), (good.id, "good")]):
        instance = f"i-{number}"
        WorkerHeartbeats(table).register(instance, fleet="cpu", now=NOW)
        claim = Claim(job_id=job_id, attempt=2, instance_id=instance)
        answer = agent.claim(claim, now=NOW, lease_seconds=60)
        if isinstance(answer, Job):
            assert answer.composition_key == keys.composition_object(answer.tenant, job_id), what
            assert answer.tenant == "acme" or what.startswith("tenant"), what
        agent.renew(claim, now=NOW, lease_seconds=60)
        agent.release(claim, detail="x", now=NOW)
    assert ClaimRefusal.UNREADABLE in {
        agent.claim(Claim(job_id=one, attempt=2, instance_id="i-0"), now=NOW, lease_seconds=1) for one in done
    }


def test_a_heartbeat_goes_on_when_its_own_record_was_spoiled() -> None:
    table = MemoryTable()
    heartbeats = WorkerHeartbeats(table)
    heartbeats.register("i-1", fleet="cpu", now=NOW)
    table.items[keys.Key("WORKER#i-1", "WORKER")]["registered_at"] = "yesterday"
    assert heartbeats.heartbeat("i-1", now=NOW) is None
    heartbeats.register("i-1", fleet="cpu", now=NOW)
    worker = heartbeats.heartbeat("i-1", now=NOW)
    assert worker
    assert worker.state is WorkerState.IDLE


def test_an_operator_redrives_or_hears_why_not() -> None:
    table, done, _ = poisoned(JobState.FAILED)
    for job_id in done:
        FailedJobs(table).redrive(job_id, actor="operator:x", now=NOW, force=False)


def test_a_job_among_the_api_keys_is_no_key() -> None:
    table, told = MemoryTable(), list[UnreadableItemError]()
    admin = ApiKeyAdmin(table)
    admin.create("acme", now=START)
    forged: Item = {**job_to_item(job(1)), "tenant_pk": keys.api_keys_pk("acme")}
    put(table, forged)
    assert len(list(admin.of_tenant("acme", told.append))) == 1
    assert len(told) == 1


def test_what_is_told_fits_a_line() -> None:
    told: list[UnreadableItemError] = []
    table, _, _ = poisoned(JobState.SUCCEEDED)
    CustomerJobs(table, told.append).page("acme", limit=500)
    assert max(len(str(error)) for error in told) < 600
    json.dumps([str(error) for error in told])
