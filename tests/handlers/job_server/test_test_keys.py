"""Test keys over HTTP: a space of their own, with a quarter of the limits, and marked videos for a day."""

import json

import pytest
from httpx import Response

from handlers.job_server.schemas.examples import REQUESTS
from handlers.jobs.store import keys
from handlers.jobs.store.customers.tenant_limits import TenantLimits, TenantLimitsAdmin
from handlers.jobs.store.items import job_from_item
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
    assert mark_of(server, render) == "TEST"
    job = server.table.get(keys.job(render))
    assert job is not None
    assert job["expires_at"] == int(clock()) + DAY


def test_a_render_with_another_key_is_not_marked(server: Server) -> None:
    render = submit(server).json()["id"]
    assert server.http.get(f"/v1/renders/{render}").json()["test"] is False
    assert mark_of(server, render) is None


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
    body = {"template": "title-card", "fields": {"title": "Hello"}}
    answer = server.http.post(path, json=body)
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/fields/width", "/fields/height"]


@pytest.mark.parametrize(
    ("path", "operation"), [("/v1/renders", "submitRender"), ("/v1/batches", "submitBatch")]
)
def test_what_the_document_shows_first_can_be_sent_and_rendered(
    server: Server, space_key: str, path: str, operation: str
) -> None:
    _, shown = min(REQUESTS[operation].items())
    assert isinstance(shown, dict)
    if isinstance(items := shown.get("items"), list):
        shown = {**shown, "items": items[: QUEUED_LIMIT // 4]}
    use(server, space_key)
    answer = server.http.post(path, json=shown, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 202, answer.text
    assert "https://" not in json.dumps(shown), "nobody has put a file there, or waits for webhooks"


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


def test_each_render_of_a_batch_is_marked_and_short(server: Server, space_key: str) -> None:
    use(server, space_key)
    long = COMPOSITION | {"scenes": [{"duration_s": 11}]}
    headers = {"Idempotency-Key": "b"}
    answer = server.http.post("/v1/batches", json={"items": [{"composition": long}]}, headers=headers)
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/items/0/composition/scenes"]
    answer = server.http.post("/v1/batches", json={"items": [{"composition": COMPOSITION}]}, headers=headers)
    assert mark_of(server, answer.json()["renders"][0]) == "TEST"
    use(server, server.key)
    assert server.http.get(answer.json()["links"]["self"]).status_code == 404
    assert server.http.get("/v1/renders", params={"idempotency_key": "b"}).json()["renders"] == []


def test_a_render_of_a_template_is_marked(server: Server, space_key: str) -> None:
    use(server, space_key)
    server.http.put("/v1/templates/promo", json=REQUESTS["putTemplate"]["promo"])
    answer = server.http.post("/v1/renders", json={"template": "promo", "fields": {"price": "5"}})
    assert mark_of(server, answer.json()["id"]) == "TEST"


def test_a_composition_is_kept_as_it_was_submitted(server: Server, space_key: str) -> None:
    use(server, space_key)
    render = submit(server).json()["id"]
    shown = server.http.get(f"/v1/renders/{render}", params={"include": "composition"}).json()
    assert shown["composition"] == COMPOSITION


def test_a_fleet_whose_engine_cannot_mark_takes_no_test_key(server: Server, space_key: str) -> None:
    body = {"composition": COMPOSITION, "fleet": "gpu"}
    assert server.http.post("/v1/renders", json=body).status_code == 202
    use(server, space_key)
    (error,) = server.http.post("/v1/renders", json=body).json()["errors"]
    assert (error["pointer"], "cannot mark" in error["detail"]) == ("/fleet", True)


def test_nothing_is_ended_or_deleted_across(server: Server, space_key: str) -> None:
    render = submit(server).json()["id"]
    asset = server.http.post("/v1/assets", json={"content_type": "image/png", "size": 10}).json()["id"]
    server.http.put("/v1/templates/promo", json=REQUESTS["putTemplate"]["promo"])
    use(server, space_key)
    answers = [
        server.http.post(f"/v1/renders/{render}/cancel"),
        server.http.post(f"/v1/renders/{render}/redeliver"),
        server.http.delete(f"/v1/renders/{render}"),
        server.http.delete(f"/v1/assets/{asset}"),
        server.http.delete("/v1/templates/promo"),
    ]
    assert [one.status_code for one in answers] == [404] * 5
    assert server.http.get("/v1/webhook-endpoints").json()["webhook_endpoints"] == []


def test_a_batch_that_could_never_wait_is_refused_for_good(server: Server, space_key: str) -> None:
    use(server, space_key)
    items = [{"composition": COMPOSITION}] * (QUEUED_LIMIT // 4 + 1)
    answer = server.http.post("/v1/batches", json={"items": items}, headers={"Idempotency-Key": "b"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/items")


def test_a_quarter_of_the_tenants_own_limits_applies(server: Server, space_key: str, clock: Clock) -> None:
    limits = TenantLimits(queued=8, rendering=4, per_second=8)
    TenantLimitsAdmin(server.table).set("acme", limits, now=clock())
    use(server, space_key)
    answers = [submit(server) for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"writes";q=120;w=60'
    job = server.table.get(keys.job(answers[0].json()["id"]))
    assert job is not None
    assert job["rendering_limit"] == 1
    uploaded = server.http.post("/v1/assets", json={"content_type": "image/png", "size": 10})
    assert uploaded.headers["RateLimit-Policy"] == '"upload-bytes";q=12500000000;w=3600'


def mark_of(server: Server, render: str) -> str | None:
    item = server.table.get(keys.job(render))
    assert item is not None
    return job_from_item(item).output_options.mark
