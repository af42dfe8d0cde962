"""Each operation of the document: it can succeed, needs a key, and says when the table is busy."""

import json
from datetime import date
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from httpx import Response

from handlers.job_server.schemas import examples, openapi
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import DeliveryAttempt
from handlers.jobs.store.customers.usage_days import Totals, UsageDay
from handlers.jobs.store.table import Table
from tests.handlers.job_server.conftest import INPUTS, Server
from tests.handlers.job_server.fakes import COMPOSITION, FakeJobs, World
from tests.handlers.job_server.schemas.known import QUERIES, Known

OPERATIONS: dict[str, tuple[str, str, bool]] = {
    operation["operationId"]: (method.upper(), path, bool(operation["security"]))
    for path, operations in json.loads(openapi.COMMITTED.read_text("utf-8"))["paths"].items()
    for method, operation in operations.items()
}
"""Method, path, and whether a key is needed."""
WITH_KEY = sorted(name for name, (_, _, secured) in OPERATIONS.items() if secured)
WITHOUT_TABLE = {"announceAsset", "validateRender"}
"""They read nothing but the key, and that is remembered."""
SHOWN = {
    "render_id": examples.RENDER,
    "batch_id": examples.BATCH,
    "asset_id": examples.ASSET,
    "name": examples.TEMPLATE,
    "endpoint_id": "we_01hf7yat00z3ghvhxwt0jccfah",
}
DELIVERY = DeliveryAttempt(number=1, at=1_700_000_000.0, delivered=False, error="answered 500")
USED = UsageDay(day=date(2023, 11, 14), totals=Totals(succeeded=1, machine_seconds=1.5, video_seconds=1.0))


def body_of(operation: str) -> dict[str, Any]:
    shown = examples.REQUESTS.get(operation)
    return {"json": next(iter(shown.values()))} if shown else {}


def ask(http: TestClient, operation: str) -> Response:
    """The operation as its example in the document has it."""
    method, path, _ = OPERATIONS[operation]
    headers = {"Idempotency-Key": "k"}
    url = path.format(**SHOWN)
    return http.request(method, url, params=QUERIES.get(operation), headers=headers, **body_of(operation))


def test_every_operation_can_succeed_as_the_document_says(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeJobs, "deliveries", lambda *_: [DELIVERY])
    monkeypatch.setattr(FakeJobs, "usage", lambda *_: [USED])
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.http.app)
    known = Known(world)
    seen = {
        name: right_request(world, schema.find_operation_by_id(name), known.ids(name))
        for name in sorted(OPERATIONS, key=lambda name: OPERATIONS[name][0] == "DELETE")
    }
    assert {name: status for name, status in seen.items() if not 200 <= status < 300} == {}


def right_request(world: World, tested: Any, ids: dict[str, str]) -> int:
    """Send the operation's example, about what the tenant has; the answer must be as documented."""
    operation = tested.definition.raw["operationId"]
    body = body_of(operation)
    case = tested.Case(
        path_parameters={name: one for name, one in ids.items() if f"{{{name}}}" in tested.path},
        query=QUERIES.get(operation, {}),
        headers={"Idempotency-Key": f"right-{operation}"},
        **({"body": body["json"], "media_type": "application/json"} if body else {}),
    )
    answer = case.call_and_validate(headers={"Authorization": world.http.headers["Authorization"]})
    return int(answer.status_code)


@pytest.mark.parametrize("key", ["none", "revoked"])
def test_no_operation_answers_whoever_has_no_valid_key(world: World, key: str) -> None:
    if key == "none":
        world.http.headers.pop("Authorization")
    else:
        world.http.headers["Authorization"] = "Bearer ck_revoked"
    answers = {name: ask(world.http, name) for name in WITH_KEY}
    assert {name: one.status_code for name, one in answers.items()} == dict.fromkeys(WITH_KEY, 401)
    assert all("WWW-Authenticate" in one.headers for one in answers.values())
    assert len(WITH_KEY) == len(OPERATIONS) - 1  # health


def test_every_operation_that_needs_the_table_says_when_it_is_busy(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.http.get("/v1/usage", params=QUERIES["getUsage"])  # the key is remembered
    asset = f"assets/acme/{examples.ASSET}"
    server.s3.put_object(Bucket=INPUTS, Key=asset, Body=b"png")

    def busy(*_: object, **__: object) -> None:
        raise TryAgainLater("throttled")

    for call in ("get", "get_all", "put", "update", "delete", "query", "count", "try_transaction"):
        monkeypatch.setattr(Table, call, busy)
    answers = {name: ask(server.http, name) for name in WITH_KEY}
    busy_ones = {name for name, one in answers.items() if one.status_code == 503}
    assert busy_ones == {*WITH_KEY} - WITHOUT_TABLE
    assert all("Retry-After" in answers[name].headers for name in busy_ones)


@pytest.mark.parametrize("include", ["composition", "events", "composition,events"])
def test_no_part_of_anothers_render_is_shown(server: Server, include: str) -> None:
    job = server.submit({"composition": COMPOSITION}).json()["id"]
    path = f"/v1/renders/{job}?include={include}"
    assert server.http.get(path).status_code == 200
    hidden = server.as_other("GET", path)
    assert hidden.status_code == 404
    assert job not in hidden.text


def test_no_look_takes_a_parameter_that_its_operation_has_not(world: World) -> None:
    looks = {
        name: path for name, (method, path, secured) in OPERATIONS.items() if method == "GET" and secured
    }
    for name, path in looks.items():
        answer = world.http.get(path.format(**SHOWN), params={**QUERIES.get(name, {}), "stat": "queued"})
        assert answer.status_code == 422, name
        assert "is not a known parameter" in answer.json()["errors"][0]["detail"]
    known = world.http.get("/v1/renders", params={"stat": "queued"}).json()["detail"]
    assert "batch, created_after, created_before, cursor, idempotency_key, limit, state, template" in known


@pytest.mark.parametrize("query", ["state=queued&state=failed", "limit=1&limit=100", "limit=1&limit=1"])
def test_no_look_takes_a_parameter_twice(world: World, query: str) -> None:
    answer = world.http.get(f"/v1/renders?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"parameter": query.partition("=")[0], "detail": "is given 2 times; give it once"}
    ]
