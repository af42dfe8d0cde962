"""Test keys over HTTP: a space of their own, with a quarter of the limits, and marked videos for a day."""

import gzip
import json

import pytest
from httpx import Response

from handlers.job_server.schemas.examples import REQUESTS
from handlers.jobs.store import keys
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.tenants.spaces import space_of
from tests.handlers.conftest import Clock
from tests.handlers.job_server.conftest import QUEUED_LIMIT, Server
from tests.handlers.job_server.fakes import COMPOSITION

DAY = 86_400


@pytest.fixture
def space_key(server: Server, clock: Clock) -> str:
    return ApiKeyAdmin(server.table).create(space_of("acme"), now=clock())


def use(server: Server, key: str) -> None:
    server.http.headers["Authorization"] = f"Bearer {key}"


def submit(server: Server, key: str = "", **changes: object) -> Response:
    headers = {"Idempotency-Key": key} if key else {}
    return server.http.post("/v1/renders", json={"composition": COMPOSITION | changes}, headers=headers)


def test_a_test_key_says_so(space_key: str, server: Server) -> None:
    assert space_key.startswith("ck_test_")
    assert not server.key.startswith("ck_test_")


def test_nothing_is_seen_across(server: Server, space_key: str) -> None:
    production = submit(server, key="k").json()["id"]
    server.http.put("/v1/templates/promo", json=REQUESTS["putTemplate"]["promo"])
    use(server, space_key)
    assert server.http.get(f"/v1/renders/{production}").status_code == 404
    assert server.http.get("/v1/renders").json()["renders"] == []
    assert server.http.get("/v1/templates/promo").status_code == 404
    test = submit(server, key="k").json()["id"]
    assert test != production  # an idempotency key of the other space is another key
    use(server, server.key)
    assert server.http.get(f"/v1/renders/{test}").status_code == 404
    assert [one["id"] for one in server.http.get("/v1/renders").json()["renders"]] == [production]


def test_a_test_render_is_marked_and_stays_for_a_day(server: Server, space_key: str, clock: Clock) -> None:
    use(server, space_key)
    render = submit(server).json()["id"]
    assert server.http.get(f"/v1/renders/{render}").json()["test"] is True
    item = server.table.get(keys.composition(render))
    assert item is not None
    content = item["content"]
    assert isinstance(content, bytes)
    assert "TEST" in json.loads(gzip.decompress(content))["scenes"][0]["text"]["content"]
    job = server.table.get(keys.job(render))
    assert job is not None
    assert job["expires_at"] == int(clock()) + DAY


def test_a_render_with_another_key_is_not_marked(server: Server) -> None:
    render = submit(server).json()["id"]
    assert server.http.get(f"/v1/renders/{render}").json()["test"] is False
    item = server.table.get(keys.composition(render))
    assert item is not None
    content = item["content"]
    assert isinstance(content, bytes)
    assert json.loads(gzip.decompress(content)) == COMPOSITION


@pytest.mark.parametrize("path", ["/v1/renders", "/v1/renders/validate"])
def test_what_is_too_long_or_too_large_is_told_by_its_place(
    server: Server, space_key: str, path: str
) -> None:
    use(server, space_key)
    large = COMPOSITION | {"width": 1280, "scenes": [{"duration_s": 11}]}
    answer = server.http.post(path, json={"composition": large})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [
        "/composition/width",
        "/composition/scenes",
    ]
    body = {"template": "title-card", "fields": {"title": "Hello", "width": 1280, "height": 360}}
    answer = server.http.post(path, json=body)
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/fields/width"]


def test_a_quarter_of_the_renders_may_wait(server: Server, space_key: str) -> None:
    use(server, space_key)
    answers = [submit(server).status_code for _ in range(QUEUED_LIMIT)]
    assert answers.count(202) == max(1, QUEUED_LIMIT // 4)
    assert set(answers) == {202, 429}


def test_a_quarter_of_the_rates_is_told(server: Server, space_key: str) -> None:
    def quota() -> int:
        policy = server.http.get("/v1/renders").headers["RateLimit-Policy"]
        return int(policy.partition("q=")[2].partition(";")[0])

    usual = quota()
    use(server, space_key)
    assert quota() == usual // 4
