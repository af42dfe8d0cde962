"""A hostile tenant that tries to pay less than its requests cost, or to take what all tenants share."""

import threading
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from handlers.job_server.aws import LOOKUPS_AT_ONCE, Buckets
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.edge.rates import Rate
from handlers.job_server.edge.spending import ASSETS_OF_A_WRITE
from tests.handlers.job_server.edge.test_admission import app_of
from tests.handlers.job_server.fakes import COMPOSITION, FakeKeys, World

if TYPE_CHECKING:
    from httpx import Response


SLOWLY = 1e6
"""Seconds in which a bucket fills: nothing comes back during a test."""
CAPACITY = Capacity(
    writes=Rate(name="writes", quota=1_000, window_seconds=SLOWLY),
    reads_of_tenant=Rate(name="reads", quota=1_000, window_seconds=SLOWLY),
)


@pytest.fixture
def http(world: World) -> Iterator[TestClient]:
    headers = {"Authorization": f"Bearer {FakeKeys.KEY}"}
    with TestClient(app_of(world, CAPACITY), headers=headers) as client:
        yield client


def left(answer: "Response") -> int:
    """What is left of the reads, or of the writes, after a request."""
    return int(answer.headers["RateLimit"].partition("r=")[2].partition(";")[0])


@pytest.mark.parametrize("spelled", ["Bearer  {}", "bearer {}", "BEARER    {} ", "Bearer {}\t"])
def test_a_key_that_is_spelled_otherwise_is_the_same_key(http: TestClient, spelled: str) -> None:
    """Each number of spaces had a bucket of its own, and none was refused before the key was looked up."""
    headers = {"Authorization": spelled.format(FakeKeys.KEY)}
    before = left(http.get("/v1/renders"))
    assert left(http.get("/v1/renders", headers=headers)) == before - 1


@pytest.mark.short_form(1)
@pytest.mark.parametrize("limit", ["100", "%2B100", "0100", "100.0", "%20100", "1_00", "1&limit=100"])
def test_a_limit_that_is_spelled_otherwise_costs_as_much(http: TestClient, limit: str) -> None:
    before = left(http.get("/v1/renders"))
    assert left(http.get(f"/v1/renders?limit={limit}")) == before - 2


def test_a_submission_costs_by_the_assets_that_it_names(http: TestClient) -> None:
    """A hundred look-ups in S3 cost one request."""
    scenes = [
        {"duration_s": 1, "image": {"asset": f"a_{number:026d}"}} for number in range(3 * ASSETS_OF_A_WRITE)
    ]
    before = left(http.post("/v1/renders", json={"composition": COMPOSITION}))
    assert (
        left(http.post("/v1/renders", json={"composition": {**COMPOSITION, "scenes": scenes}})) == before - 4
    )


class Storage:
    """S3, which answers for the attacker's files when it is let."""

    def __init__(self) -> None:
        self.go_on, self.asked = threading.Event(), threading.Semaphore(0)

    def get_object(self, **given: str) -> dict[str, BytesIO]:
        if "attacker" in given["Key"]:
            self.asked.release()
            self.go_on.wait(30)
        return {"Body": BytesIO(b"no picture")}


def test_look_ups_of_one_tenant_leave_threads_to_the_others() -> None:
    """Each submission asked for all its assets at once, before everybody else's."""
    s3 = Storage()
    buckets = Buckets(s3, inputs="i", outputs="o", credentials_end=lambda: 0)  # type: ignore[arg-type]
    most = Capacity().submissions_of_tenant
    named = [[f"assets/attacker/{one}-{number}" for number in range(100)] for one in range(most)]
    attacks = [threading.Thread(target=buckets.pixels_of, args=(names,)) for names in named]
    for one in attacks:
        one.start()
    for _ in range(16):  # as many as there were threads, when each submission asked for all at once
        assert s3.asked.acquire(timeout=10)
    try:
        assert buckets.pixels_of(["assets/victim/1"]) == {"assets/victim/1": 0}
    finally:
        s3.go_on.set()
        for one in attacks:
            one.join()
    assert most < LOOKUPS_AT_ONCE
