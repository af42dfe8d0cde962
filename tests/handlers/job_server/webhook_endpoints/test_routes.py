"""Webhook endpoints as a customer makes, sees, changes, tests and deletes them, on moto."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from httpx import Response

from handlers.job_server.edge.rates import ENDPOINT_CHANGES, REDELIVERIES
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import new_endpoint_id
from handlers.jobs.outgoing.webhook_events import RENDER_EVENTS
from handlers.jobs.store.customers.delivery_requests import request_from_item
from handlers.jobs.store.customers.webhook_endpoints import (
    MOST_DELETED,
    OVERLAP_SECONDS,
    WebhookEndpoint,
    WebhookEndpoints,
)
from handlers.jobs.store.table import Query, equal
from tests.handlers.conftest import START
from tests.handlers.job_server.conftest import REGION, SECRETS, Server
from tests.handlers.job_server.fakes import COMPOSITION, World

PATH = "/v1/webhook-endpoints"
URL = "https://hooks.example.com/clip-it"
ALL = ["render.succeeded", "render.failed", "render.cancelled"]


def create(server: Server, key: str = "", **fields: object) -> Response:
    headers = {"Idempotency-Key": key} if key else {}
    return server.http.post(PATH, json={"url": URL, **fields}, headers=headers)


def made(server: Server, **fields: object) -> str:
    answer = create(server, **fields)
    assert answer.status_code == 201, answer.text
    endpoint: str = answer.json()["webhook_endpoint"]["id"]
    return endpoint


def rotate(server: Server, endpoint: str, key: str = "") -> Response:
    headers = {"Idempotency-Key": key} if key else {}
    return server.http.post(f"{PATH}/{endpoint}/rotate-secret", headers=headers)


def listed(server: Server) -> list[dict[str, object]]:
    found: list[dict[str, object]] = server.http.get(PATH).json()["webhook_endpoints"]
    return found


def stored(server: Server) -> dict[str, str]:
    """The secrets of endpoints by their names, as an operator sees them."""
    ssm = boto3.client("ssm", region_name=REGION)
    found = ssm.get_parameters_by_path(Path=SECRETS, WithDecryption=True)["Parameters"]
    assert {one["Type"] for one in found} <= {"SecureString"}
    return {one["Name"].rpartition("/")[2]: one["Value"] for one in found}


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_an_endpoint_is_made_with_a_secret_that_is_shown_once(server: Server) -> None:
    answer = create(server, events=["render.failed"])
    assert answer.status_code == 201
    shown, secret = answer.json()["webhook_endpoint"], answer.json()["secret"]
    assert answer.headers["Location"] == f"{PATH}/{shown['id']}"
    assert (shown["url"], shown["events"], shown["enabled"]) == (URL, ["render.failed"], True)
    assert stored(server) == {f"acme.{shown['id']}.1": secret}
    assert secret.startswith("whsec_")
    seen = server.http.get(f"{PATH}/{shown['id']}")
    assert seen.json() == listed(server)[0] == shown
    assert secret not in seen.text


def test_an_endpoint_takes_all_webhooks_unless_it_says_which(server: Server) -> None:
    made(server)
    assert listed(server)[0]["events"] == ALL


def test_one_key_makes_one_endpoint_with_one_secret_however_many_ask_at_once(server: Server) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = [*threads.map(lambda _: create(server, "endpoint-1"), range(4))]
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["secret"] for one in answers}) == 1
    assert len(listed(server)) == 1
    assert len(stored(server)) == 1


def test_a_key_stands_for_one_endpoint_for_a_day(server: Server, clock) -> None:
    assert create(server, "endpoint-1").status_code == 201
    again = create(server, "endpoint-1")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert problem(create(server, "endpoint-1", events=["render.failed"])) == (409, "idempotency-key-reused")
    clock.forward(OVERLAP_SECONDS + 1)
    assert problem(create(server, "endpoint-1")) == (409, "idempotency-key-reused")


def test_a_key_that_cannot_be_used_again_says_for_what_and_why(server: Server, clock) -> None:
    endpoint = create(server, "endpoint-1").json()["webhook_endpoint"]["id"]
    assert create(server, "endpoint-1", events=["render.failed"]).json()["detail"] == (
        "This Idempotency-Key was used with another body; use a new key for a new webhook endpoint."
    )
    clock.forward(86_401)
    assert create(server, "endpoint-1").json()["detail"] == (
        f"This Idempotency-Key made {endpoint} more than a day ago; use a new key for a new webhook endpoint."
    )


def test_another_tenant_has_keys_of_its_own(server: Server) -> None:
    create(server, "endpoint-1")
    headers = {"Authorization": f"Bearer {server.other_key}", "Idempotency-Key": "endpoint-1"}
    other = server.http.post(PATH, json={"url": URL}, headers=headers)
    assert other.status_code == 201
    assert other.json()["webhook_endpoint"]["id"] != listed(server)[0]["id"]


def test_a_tenant_has_five_endpoints_however_many_are_made_at_once(server: Server) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = [*threads.map(lambda _: create(server), range(7))]
    assert sorted(one.status_code for one in answers) == [201] * 5 + [409] * 2
    assert {problem(one)[1] for one in answers if one.status_code == 409} == {"too-many-webhook-endpoints"}
    assert len(listed(server)) == 5
    assert server.as_other("GET", PATH).json() == {"webhook_endpoints": []}


def test_what_the_body_names_changes_and_nothing_else(server: Server, clock) -> None:
    endpoint = made(server)
    before = listed(server)[0]
    clock.forward(60)
    answer = server.http.patch(f"{PATH}/{endpoint}", json={"events": ["render.failed"], "enabled": False})
    assert answer.status_code == 200
    after = listed(server)[0]
    assert after == answer.json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"events", "enabled", "disabled_at", "reason", "updated_at"}
    assert after["reason"] == "requested"
    enabled = server.http.patch(f"{PATH}/{endpoint}", json={"enabled": True}).json()
    assert (enabled["enabled"], enabled["disabled_at"], enabled["reason"]) == (True, None, None)


def test_enabling_forgets_the_deliveries_that_were_given_up(server: Server) -> None:
    endpoint = made(server)
    store = WebhookEndpoints(server.table)
    for _ in range(20):
        store.change_one("acme", endpoint, lambda one: one.with_delivery(arrived=False, now=START))
    shown = listed(server)[0]
    assert (shown["enabled"], shown["reason"]) == (False, "deliveries_exhausted")
    assert (shown["disabled_at"], shown["exhausted_deliveries"]) == ("2023-11-14T22:13:20Z", 20)
    again = server.http.patch(f"{PATH}/{endpoint}", json={"enabled": True}).json()
    assert (again["enabled"], again["exhausted_deliveries"]) == (True, 0)


def test_a_deleted_endpoint_is_gone_with_its_secrets(server: Server) -> None:
    kept, gone = made(server), made(server)
    assert rotate(server, gone).status_code == 200
    assert server.http.delete(f"{PATH}/{gone}").status_code == 204
    assert [one["id"] for one in listed(server)] == [kept]
    assert [*stored(server)] == [f"acme.{kept}.1"]
    assert server.http.delete(f"{PATH}/{gone}").status_code == 204
    assert server.http.get(f"{PATH}/{gone}").status_code == 404


def test_the_last_twenty_deletions_can_be_repeated(server: Server) -> None:
    store = WebhookEndpoints(server.table)
    last = [new_endpoint_id(START, None) for _ in range(MOST_DELETED + 1)]
    for name in last:
        one = WebhookEndpoint(id=name, url=URL, events=RENDER_EVENTS, created_at=START, updated_at=START)
        store.change("acme", lambda _, one=one: (one,))  # type: ignore[misc]
        assert store.delete("acme", name) == 1
    assert store.delete("acme", last[0]) is None
    assert server.http.delete(f"{PATH}/{last[0]}").status_code == 404
    assert server.http.delete(f"{PATH}/{last[1]}").status_code == 204
    assert server.as_other("DELETE", f"{PATH}/{last[1]}").status_code == 404


def test_two_secrets_are_valid_for_a_day_and_the_third_waits(server: Server, clock) -> None:
    endpoint = made(server)
    rotated = rotate(server, endpoint)
    assert rotated.status_code == 200
    assert rotated.json()["webhook_endpoint"]["id"] == endpoint
    (one,) = WebhookEndpoints(server.table).of("acme")
    assert one.secrets(clock()) == (2, 1)
    assert stored(server)[f"acme.{endpoint}.2"] == rotated.json()["secret"]
    assert problem(rotate(server, endpoint)) == (409, "secret-rotation-under-way")
    clock.forward(OVERLAP_SECONDS)
    assert one.secrets(clock()) == (2,)
    assert rotate(server, endpoint).status_code == 200
    assert sorted(stored(server)) == [f"acme.{endpoint}.2", f"acme.{endpoint}.3"]


def test_one_key_rotates_once_however_many_ask_at_once(server: Server) -> None:
    endpoint = made(server)
    with ThreadPoolExecutor(4) as threads:
        answers = [*threads.map(lambda _: rotate(server, endpoint, "rotation-1"), range(4))]
    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["secret"] for one in answers}) == 1
    assert problem(rotate(server, endpoint, "rotation-2")) == (409, "secret-rotation-under-way")


def test_a_test_is_stored_for_the_notifier_once_for_each_key(server: Server) -> None:
    endpoint = made(server)
    named = {"Idempotency-Key": "test-1"}
    answers = [server.http.post(f"{PATH}/{endpoint}/test", headers=named) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202]
    (item,) = server.table.query(Query(match=equal(pk=f"REQUEST#{endpoint}"), consistent=True))
    request = request_from_item(item)
    assert {one.json()["webhook_id"] for one in answers} == {f"msg_{request.id}"}
    assert (request.tenant, request.about, request.for_job) == ("acme", endpoint, False)


def test_one_key_for_the_tests_of_two_endpoints_gives_two_webhooks(server: Server) -> None:
    named = {"Idempotency-Key": "nightly"}
    answers = [server.http.post(f"{PATH}/{made(server)}/test", headers=named) for _ in range(2)]
    assert len({one.json()["webhook_id"] for one in answers}) == 2


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"url": ""}, "/url"),
        ({"url": "http://hooks.example.com"}, "/url"),
        ({"url": "https://10.0.0.1"}, "/url"),
        ({"url": "https://localhost"}, "/url"),
        ({"url": URL, "events": []}, "/events"),
        ({"url": URL, "events": ["render.paused"]}, "/events/0"),
        ({"url": URL, "enabled": 1}, "/enabled"),
        ({"url": URL, "secret": "mine"}, "/secret"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_makes_nothing(
    server: Server, body: dict[str, object], pointer: str
) -> None:
    answer = server.http.post(PATH, json=body)
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert listed(server) == []
    assert stored(server) == {}


@pytest.mark.short_form(1)
@pytest.mark.parametrize("body", [{}, {"url": "https://127.0.0.1"}, {"id": "we_1"}, []])
def test_a_change_with_a_mistake_changes_nothing(server: Server, body: object) -> None:
    endpoint = made(server)
    before = listed(server)
    assert problem(server.http.patch(f"{PATH}/{endpoint}", json=body)) == (422, "invalid-request")
    assert listed(server) == before


OPERATIONS = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate-secret"), ("POST", "/test")]


@pytest.mark.short_form(1)
@pytest.mark.parametrize(("method", "more"), OPERATIONS)
def test_another_tenants_endpoint_is_not_found_and_stays(server: Server, method: str, more: str) -> None:
    endpoint = made(server)
    before = listed(server), stored(server)
    headers = {"Authorization": f"Bearer {server.other_key}"}
    body = {"json": {"enabled": False}} if method == "PATCH" else {}
    for name in (endpoint, new_endpoint_id(START, None), "we_1"):
        answer = server.http.request(method, f"{PATH}/{name}{more}", headers=headers, **body)  # type: ignore[arg-type]
        assert problem(answer) == (404, "not-found")
    assert (listed(server), stored(server)) == before


def test_changes_and_tests_have_rates_of_their_own(server: Server) -> None:
    endpoint = made(server)
    rotated = [rotate(server, endpoint).status_code for _ in range(int(ENDPOINT_CHANGES.quota))]
    assert (rotated[0], rotated[-1]) == (200, 429)
    tested = [server.http.post(f"{PATH}/{endpoint}/test") for _ in range(int(REDELIVERIES.quota) + 1)]
    assert [tested[0].status_code, tested[-1].status_code] == [202, 429]
    assert int(tested[-1].headers["Retry-After"]) > 0


def test_a_render_without_a_webhook_is_redelivered_where_an_endpoint_takes_it(server: Server) -> None:
    render = server.submit({"composition": COMPOSITION}).json()["id"]
    server.http.post(f"/v1/renders/{render}/cancel")
    made(server, events=["render.failed"])
    again = f"/v1/renders/{render}/redeliver"
    assert problem(server.http.post(again)) == (409, "render-has-no-webhook")
    made(server, events=["render.cancelled"])
    assert server.http.post(again).status_code == 202


def test_an_endpoint_is_gone_before_its_secrets_are_and_a_repeated_deletion_takes_these(
    world: World,
) -> None:
    endpoint = world.http.post(PATH, json={"url": URL}).json()["webhook_endpoint"]["id"]
    world.secrets.error = TryAgainLater("throttled")
    assert world.http.delete(f"{PATH}/{endpoint}").status_code == 503
    assert world.http.get(PATH).json() == {"webhook_endpoints": []}
    assert world.secrets.made
    world.secrets.error = None
    assert world.http.delete(f"{PATH}/{endpoint}").status_code == 204
    assert not world.secrets.made


def before_the_next_secret(world: World, act: Callable[[], object]) -> None:
    """Do this when somebody is about to make a secret."""
    create_secret = world.secrets.create

    def overtaken(tenant: str, endpoint: str, number: int) -> str:
        world.secrets.create = create_secret  # type: ignore[method-assign]
        act()
        return create_secret(tenant, endpoint, number)

    world.secrets.create = overtaken  # type: ignore[method-assign]


def test_who_is_too_late_for_the_fifth_place_leaves_no_secret(world: World) -> None:
    for _ in range(4):
        world.http.post(PATH, json={"url": URL})
    before_the_next_secret(world, lambda: world.http.post(PATH, json={"url": URL}))
    assert problem(world.http.post(PATH, json={"url": URL})) == (409, "too-many-webhook-endpoints")
    assert len(world.secrets.made) == 5


def test_who_is_too_late_for_a_key_leaves_no_secret_and_takes_none(world: World) -> None:
    headers = {"Idempotency-Key": "endpoint-1"}
    first = {"url": URL, "events": ["render.failed"]}
    before_the_next_secret(world, lambda: world.http.post(PATH, json=first, headers=headers))
    refused = world.http.post(PATH, json={"url": URL}, headers=headers)
    assert problem(refused) == (409, "idempotency-key-reused")
    (endpoint,) = world.http.get(PATH).json()["webhook_endpoints"]
    assert [*world.secrets.made] == [("acme", endpoint["id"], 1)]


def test_a_rotation_of_an_endpoint_that_is_deleted_meanwhile_leaves_no_secret(world: World) -> None:
    endpoint = world.http.post(PATH, json={"url": URL}).json()["webhook_endpoint"]["id"]
    before_the_next_secret(world, lambda: world.http.delete(f"{PATH}/{endpoint}"))
    assert world.http.post(f"{PATH}/{endpoint}/rotate-secret").status_code == 404
    assert not world.secrets.made


@pytest.mark.parametrize("more", ["", "/rotate-secret"])
def test_a_request_that_is_repeated_while_its_endpoint_is_deleted_leaves_no_secret(
    world: World, more: str
) -> None:
    headers = {"Idempotency-Key": "endpoint-1"}
    body = {"json": {"url": URL}} if not more else {}
    endpoint = world.http.post(PATH, json={"url": URL}, headers=headers).json()["webhook_endpoint"]["id"]
    place = f"{PATH}/{endpoint}{more}" if more else PATH
    if more:
        assert world.http.post(place, headers=headers).status_code == 200
    before_the_next_secret(world, lambda: world.http.delete(f"{PATH}/{endpoint}"))
    assert world.http.post(place, headers=headers, **body).status_code == 503
    assert not world.secrets.made


def test_an_endpoint_that_is_made_again_under_the_same_key_is_another_one(server: Server) -> None:
    first = create(server, "endpoint-1").json()
    endpoint = first["webhook_endpoint"]["id"]
    assert server.http.delete(f"{PATH}/{endpoint}").status_code == 204
    second = create(server, "endpoint-1")
    assert (second.status_code, "Idempotent-Replayed" in second.headers) == (201, False)
    other = second.json()["webhook_endpoint"]["id"]
    assert other != endpoint, "what is on its way to the first one is not for the second"
    assert stored(server) == {f"acme.{other}.1": second.json()["secret"]}
    made(server)
    again = create(server, "endpoint-1")
    assert (again.json()["webhook_endpoint"]["id"], again.headers["Idempotent-Replayed"]) == (other, "true")


def test_requests_with_one_key_make_one_endpoint_though_another_is_made_meanwhile(world: World) -> None:
    """The second request has looked before the first one has written, and makes its secret after a third."""
    headers = {"Idempotency-Key": "endpoint-1"}
    answers: list[Response] = []

    def others() -> None:
        world.http.post(PATH, json={"url": URL})
        answers.append(world.http.post(PATH, json={"url": URL}, headers=headers))

    before_the_next_secret(world, others)
    answers.append(world.http.post(PATH, json={"url": URL}, headers=headers))
    first, second = (one.json() for one in answers)
    assert first == second
    endpoints = world.http.get(PATH).json()["webhook_endpoints"]
    assert len(endpoints) == len(world.secrets.made) == 2


def test_silence_of_the_secrets_is_a_503_that_makes_nothing(world: World) -> None:
    world.secrets.error = TryAgainLater("throttled")
    assert world.http.post(PATH, json={"url": URL}).status_code == 503
    world.secrets.error = None
    assert world.http.get(PATH).json() == {"webhook_endpoints": []}
