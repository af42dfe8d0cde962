"""A hostile tenant: loops, floods, forged cursors and keys. Other tenants notice nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi.testclient import TestClient

from handlers.job_server.app import create_app
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.edge.rates import MOST_BUCKETS, READS, Rate, TokenBuckets
from handlers.job_server.renders.callers import Limits
from handlers.job_server.renders.service import RenderService
from handlers.jobs.answers import ClaimRefusal
from handlers.jobs.messages.webhooks import Webhooks
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import START
from tests.handlers.job_server.conftest import CAPACITY, RULES
from tests.handlers.job_server.edge.test_admission import app_of
from tests.handlers.job_server.fakes import COMPOSITION, FakeKeys, World, kept_templates
from tests.handlers.life.memory_table import MemoryTable
from tests.hostile.items import job, put

RATE = Rate(name="writes", quota=10, window_seconds=60)
SIGNED = {"Cache-Control": "no-store", "Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


class Clock:
    """The time, which moves only when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def narrow(clock: Clock) -> Iterator[World]:
    """The server on fakes, with room for ten writes a minute and a gigabyte an hour."""
    narrow = World(clock=clock)
    limits = Limits(tenant_queued=5, retention_days=30, attempts=3)
    service = RenderService.of(
        jobs=narrow.jobs, objects=narrow.objects, queue=narrow.queue, limits=limits, clock=clock
    )
    uploads = Rate(name="upload-bytes", quota=1.25e9, window_seconds=3_600)
    reads = Rate(name="reads", quota=1_000, window_seconds=1e6)
    capacity = replace(CAPACITY, writes=RATE, reads_of_tenant=reads, uploads=uploads)
    app = create_app(
        service, narrow.webhooks, kept_templates(), narrow.keys, narrow.dependencies, RULES, capacity
    )
    headers = {"Authorization": f"Bearer {FakeKeys.KEY}"}
    with TestClient(app, raise_server_exceptions=False, headers=headers) as narrow.http:
        yield narrow


def test_a_loop_of_submissions_and_cancellations_is_slowed_down(narrow: World) -> None:
    """At a limit of five waiting renders, two hundred were accepted, for none of them waited."""
    accepted = 0
    while (answer := narrow.submit()).status_code == 202:
        accepted += 1
        narrow.http.post(f"/v1/renders/{answer.json()['id']}/cancel")
    assert accepted == 4
    assert answer.status_code == 429
    assert answer.json()["type"] == "urn:clip-it:problem:too-many-requests"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["RateLimit-Policy"] == '"writes";q=10;w=60'
    assert answer.headers["RateLimit"].startswith('"writes";r=0;t=')
    assert narrow.http.get("/v1/renders").status_code == 200, "reads have a limit of their own"


def test_announcements_have_a_quota_of_bytes(narrow: World) -> None:
    """Three hundred announcements of 500 MB were taken."""
    body = {"content_type": "video/mp4", "size": 500_000_000}
    statuses = [narrow.http.post("/v1/assets", json=body).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]


def test_no_tenant_spends_what_is_anothers() -> None:
    buckets = TokenBuckets(RATE, Clock())
    while not buckets.take("greedy", "key").wait_seconds:
        pass
    assert buckets.take("greedy", "key").wait_seconds > 0
    assert buckets.take("modest", "other").wait_seconds == 0


def test_a_key_that_runs_wild_leaves_something_to_the_tenants_others() -> None:
    buckets = TokenBuckets(RATE, Clock())
    spent = 0
    while not buckets.take("acme", "wild").wait_seconds:
        spent += 1
    assert spent == 8
    assert buckets.take("acme", "calm").wait_seconds == 0


def test_waiting_as_long_as_the_answer_says_is_enough() -> None:
    clock = Clock()
    buckets = TokenBuckets(RATE, clock)
    while not (wait := buckets.take("acme", "key").wait_seconds):
        pass
    clock.now += wait
    assert buckets.take("acme", "key").wait_seconds == pytest.approx(0, abs=1e-6)


def test_buckets_do_not_grow_without_bound() -> None:
    buckets = TokenBuckets(READS, Clock())
    for number in range(MOST_BUCKETS):
        buckets.take(f"tenant{number}", f"key{number}")
    assert len(buckets._levels) <= MOST_BUCKETS


@pytest.mark.parametrize("path", ["/v1/renders", "/v1/templates", "/healthz", "/v1/nothing", "/openapi.json"])
def test_no_answer_is_kept_on_the_way_and_all_are_over_tls(world: World, path: str) -> None:
    answer = world.http.get(path)
    assert {name: answer.headers.get(name) for name in SIGNED} == SIGNED


FORGED = [
    "9999999999.999_r_" + "0" * 26,
    "0000000000.000_r_" + "z" * 26,
    "1700000000.000#r_" + "0" * 26,
    "TENANT#zenith",
    "../zenith",
    "\x00",
    "a" * 300,
]


@pytest.mark.parametrize("cursor", FORGED)
def test_a_forged_cursor_shows_nobody_elses_renders(world: World, cursor: str) -> None:
    others = job(1, JobState.QUEUED, tenant="zenith")
    world.jobs.jobs[others.id] = others
    answer = world.http.get("/v1/renders", params={"cursor": cursor})
    assert answer.status_code in {200, 422}
    assert others.id not in answer.text


@pytest.mark.parametrize(
    "tenant",
    ["", "a#b", "acme#KEYS", "../acme", "ACME", "acme ", "\u0430cme", "a\u200dcme", "a/b", "*", "x" * 65],
)
def test_a_tenant_whose_name_is_anothers_place_gets_no_key(tenant: str) -> None:
    """A name is a part of partitions, of paths in buckets and of names of parameters."""
    with pytest.raises(ValueError, match="tenant"):
        ApiKeyAdmin(MemoryTable()).create(tenant, now=START)


@pytest.mark.parametrize("key", ["", "ck_", "CK_OF_ACME", "ck_of_acme\u0000", "' OR 1=1", "x" * 5000])
def test_a_forged_key_opens_nothing(world: World, key: str) -> None:
    answer = world.http.get("/v1/renders", headers={"Authorization": f"Bearer {key}".encode()})
    assert answer.status_code in {400, 401}


def test_control_characters_of_a_request_reach_no_log(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {"X-Request-Id": "\x1b[2J", "Idempotency-Key": "\x1b]0;owned\x07", "Content-Type": "\x1b[31m"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    world.http.post("/v1/renders", content=b"{}", headers=raw)
    world.http.get("/v1/renders/%1b%5b2J")
    world.http.get("/v1/\u202eowned")
    logged = capsys.readouterr().out
    assert "\x1b" not in logged
    assert all(json.loads(line) for line in logged.splitlines())


class Queue:
    """A notification queue that notes what is sent."""

    def __init__(self) -> None:
        self.groups: list[object] = []

    def send_message(self, **message: object) -> None:
        self.groups.append(message.get("MessageGroupId"))


def test_webhooks_of_a_tenant_wait_for_that_tenant_alone() -> None:
    table, queue = MemoryTable(), Queue()
    for number, tenant in enumerate(("acme", "zenith")):
        ended = replace(job(number, JobState.CANCELLED, tenant=tenant), failure=None)
        put(table, job_to_item(ended))
        assert Webhooks(queue, table, "q").queue(ended, now=ended.created_at)  # type: ignore[arg-type]
    assert queue.groups == ["acme", "zenith"]


SLOW_CAPACITY = Capacity(submissions=2, waiting=10, wait_seconds=0.2, bodies_of_tenant=3, bodies=5)


def test_bodies_that_drip_hold_up_no_other_submission(world: World) -> None:
    """Sixteen of them held all slots for twenty seconds: nobody could submit anything."""
    app = app_of(world, SLOW_CAPACITY)

    async def drip() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    async def play() -> tuple[int, list[int]]:
        headers = {"Authorization": f"Bearer {FakeKeys.KEY}", "Content-Type": "application/json"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            slow = [asyncio.ensure_future(http.post("/v1/renders", content=drip())) for _ in range(6)]
            await asyncio.sleep(0.1)
            other = {"Authorization": f"Bearer {FakeKeys.OTHER_KEY}"}
            answer = await http.post("/v1/renders", json={"composition": COMPOSITION}, headers=other)
            refused = [one.result().status_code for one in slow if one.done()]
            for one in slow:
                one.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
            return answer.status_code, refused

    assert asyncio.run(play()) == (202, [429] * 3)


def test_a_key_that_has_spent_everything_is_refused_before_anything_is_read(narrow: World) -> None:
    """Whoever does not wait costs the others a slot and a read of the table for each request."""
    for _ in range(10):
        narrow.submit()
    narrow.keys.asked = 0
    answers = [narrow.submit() for _ in range(20)]
    assert {one.status_code for one in answers} == {429}
    assert {int(one.headers["Retry-After"]) for one in answers} <= {1, 2, 3, 4, 5, 6, 7, 8}
    assert narrow.keys.asked <= 1
    assert narrow.http.get("/v1/renders").status_code == 200


def test_a_list_costs_by_the_renders_that_it_looks_at(narrow: World) -> None:
    def left(path: str) -> int:
        answer = narrow.http.get(path)
        assert answer.status_code == 200
        return int(answer.headers["RateLimit"].partition("r=")[2].partition(";")[0])

    before = left("/v1/renders")
    assert before - left("/v1/renders?limit=100") == 2
    assert before - 2 - left("/v1/renders?state=failed") == 5


def test_a_large_body_costs_more_than_a_small_one(narrow: World) -> None:
    body = b'{"composition":' + b" " * 1_000_000 + b"{}}"
    answer = narrow.http.post("/v1/renders", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 429, "its eight further writes are not there"
    assert answer.json()["type"] == "urn:clip-it:problem:too-many-requests"


def test_a_tenant_that_floods_a_fleet_leaves_instances_to_the_others() -> None:
    """Sixty renders of an hour held a fleet of sixty for that hour."""
    table = MemoryTable()
    mine = [job(number, JobState.QUEUED) for number in range(4)]
    other = job(9, JobState.QUEUED, tenant="zenith")
    agents, workers = WorkerJobs(table, most_of_tenant=2), WorkerHeartbeats(table)

    def claim(one: Job, instance: str, now: float) -> object:
        workers.register(instance, fleet="cpu", now=now)
        wanted = Claim(job_id=one.id, attempt=2, instance_id=instance)
        return agents.claim(wanted, now=now, lease_seconds=60)

    for one in (*mine, other):
        put(table, job_to_item(one))
    assert isinstance(claim(mine[0], "i-0", START), Job)
    assert isinstance(claim(mine[1], "i-1", START), Job)
    assert claim(mine[2], "i-2", START) is ClaimRefusal.TENANT_AT_SHARE
    assert isinstance(claim(other, "i-3", START), Job)
    assert isinstance(claim(mine[2], "i-2", START + 61), Job), "leases that are lost are no work"
