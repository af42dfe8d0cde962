"""What a tenant with limits of its own meets in the API, and that its renders carry theirs to the claim."""

from handlers.jobs.answers import ClaimRefusal
from handlers.jobs.model import Job
from handlers.jobs.store.customers.tenant_limits import TenantLimits, TenantLimitsAdmin
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import Clock
from tests.handlers.job_server.conftest import QUEUED_LIMIT, Server
from tests.handlers.job_server.fakes import COMPOSITION, World


def limited(server: Server, tenant: str = "acme", **limits: int) -> None:
    TenantLimitsAdmin(server.table).set(tenant, TenantLimits(**limits), now=0)


def claimed(server: Server, job_id: str, clock: Clock, instance: str, of_all: int | None = None):
    WorkerHeartbeats(server.table).register(instance, fleet="cpu", now=clock())
    claim = Claim(job_id=job_id, attempt=1, instance_id=instance)
    jobs = WorkerJobs(server.table, most_of_tenant=of_all)
    return jobs.claim(claim, now=clock(), lease_seconds=60)


def test_a_tenant_may_have_as_many_queued_as_is_set_for_it(server: Server) -> None:
    limited(server, queued=2)
    assert [server.submit().status_code for _ in range(3)] == [202, 202, 429]
    refused = server.submit()
    assert refused.json()["type"] == "urn:clip-it:problem:too-many-queued"
    assert "You have 2 renders waiting" in refused.json()["detail"]
    others = {"Authorization": f"Bearer {server.other_key}"}
    answers = [
        server.http.post("/v1/renders", json={"composition": COMPOSITION}, headers=others).status_code
        for _ in range(QUEUED_LIMIT)
    ]
    assert answers == [202] * QUEUED_LIMIT


def test_a_tenants_rate_is_in_every_answer_and_ends_with_a_time_to_wait(server: Server) -> None:
    limited(server, per_second=1)
    answer = server.http.get("/v1/renders")
    assert answer.headers["RateLimit-Policy"] == '"reads";q=300;w=60'
    answers = [server.http.post("/v1/renders/validate", json={}) for _ in range(60)]
    refused = next(one for one in answers if one.status_code == 429)
    assert refused.headers["RateLimit-Policy"] == '"writes";q=60;w=60'
    assert int(refused.headers["Retry-After"]) >= 1
    assert server.as_other("GET", "/v1/renders").headers["RateLimit-Policy"] == '"reads";q=3000;w=60'


def test_new_limits_hold_when_the_key_is_looked_up_again(server: Server) -> None:
    server.http.get("/v1/renders")
    limited(server, per_second=1)
    server.seconds.append(31)
    assert server.http.get("/v1/renders").headers["RateLimit-Policy"] == '"reads";q=300;w=60'


def test_no_more_of_a_tenant_are_in_work_than_is_set_for_it(server: Server, clock: Clock) -> None:
    limited(server, rendering=1)
    first, second = (server.submit().json()["id"] for _ in range(2))
    assert isinstance(claimed(server, first, clock, "i-1"), Job)
    assert claimed(server, second, clock, "i-2") is ClaimRefusal.TENANT_AT_SHARE
    others = {"Authorization": f"Bearer {server.other_key}"}
    other = server.http.post("/v1/renders", json={"composition": COMPOSITION}, headers=others).json()["id"]
    assert isinstance(claimed(server, other, clock, "i-3"), Job)


def test_of_two_limits_the_smaller_holds(server: Server, clock: Clock) -> None:
    limited(server, rendering=3)
    first, second = (server.submit().json()["id"] for _ in range(2))
    assert isinstance(claimed(server, first, clock, "i-1", of_all=1), Job)
    assert claimed(server, second, clock, "i-2", of_all=1) is ClaimRefusal.TENANT_AT_SHARE
    assert isinstance(claimed(server, second, clock, "i-2", of_all=9), Job)


def test_a_render_of_before_the_limit_has_none(server: Server, clock: Clock) -> None:
    first, second = (server.submit().json()["id"] for _ in range(2))
    limited(server, rendering=1)
    assert isinstance(claimed(server, first, clock, "i-1"), Job)
    assert isinstance(claimed(server, second, clock, "i-2"), Job)


def test_a_batch_that_a_tenants_rate_never_allows_is_refused_for_good(server: Server) -> None:
    limited(server, queued=100, per_second=1)
    items = [{"composition": COMPOSITION}] * 100
    answer = server.http.post("/v1/batches", json={"items": items}, headers={"Idempotency-Key": "b"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/items")


def test_a_tenant_that_may_have_more_waiting_may_have_a_batch_of_as_many(world: World) -> None:
    world.keys.limits = TenantLimits(queued=100)
    items = [{"composition": COMPOSITION}] * 100
    answer = world.http.post("/v1/batches", json={"items": items}, headers={"Idempotency-Key": "b"})
    assert answer.status_code == 202, answer.text
