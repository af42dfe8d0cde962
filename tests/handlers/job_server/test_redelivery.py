"""A customer asks for the webhook of a render that has ended once more."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from httpx import Response

from handlers.job_server.edge.rates import REDELIVERIES
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import new_job_id
from handlers.jobs.store import keys
from handlers.jobs.store.customers.delivery_requests import DeliveryRequest, request_from_item
from handlers.jobs.store.table import PRESENT, Query, Update, equal
from tests.handlers.conftest import START
from tests.handlers.job_server.conftest import Server
from tests.handlers.job_server.fakes import COMPOSITION, World

HOOK = "https://hooks.example.com/clip-it"


def submitted(server: Server, webhook_url: str | None = HOOK) -> str:
    body = {"composition": COMPOSITION} | ({"webhook_url": webhook_url} if webhook_url else {})
    render: str = server.submit(body).json()["id"]
    return render


def ended(server: Server, webhook_url: str | None = HOOK) -> str:
    render = submitted(server, webhook_url)
    assert server.http.post(f"/v1/renders/{render}/cancel").status_code == 200
    return render


def redeliver(server: Server, render: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.http.post(f"/v1/renders/{render}/redeliver", headers=named)


def asked_for(server: Server, render: str) -> list[DeliveryRequest]:
    items = server.table.query(Query(match=equal(pk=f"REQUEST#{render}"), consistent=True))
    return [request_from_item(item) for item in items]


def test_a_redelivery_is_stored_for_the_notifier_and_named_to_the_customer(server: Server) -> None:
    render = ended(server)
    answer = redeliver(server, render)
    assert answer.status_code == 202
    (stored,) = asked_for(server, render)
    assert answer.json() == {"id": stored.id, "deliveries": f"/v1/renders/{render}/deliveries"}
    assert (stored.tenant, stored.about) == ("acme", render)
    assert "Idempotent-Replayed" not in answer.headers


def test_each_request_without_a_key_is_a_delivery_of_its_own(server: Server) -> None:
    render = ended(server)
    assert len({redeliver(server, render).json()["id"] for _ in range(3)}) == 3


def test_one_key_gives_one_delivery_however_many_ask_at_once(server: Server) -> None:
    render = ended(server)
    with ThreadPoolExecutor(4) as threads:
        answers = [*threads.map(lambda _: redeliver(server, render, Idempotency_Key="again-1"), range(4))]
    assert {one.status_code for one in answers} == {202}
    assert len({one.json()["id"] for one in answers}) == 1
    assert sorted(one.headers.get("Idempotent-Replayed", "") for one in answers) == ["", *["true"] * 3]
    assert len(asked_for(server, render)) == 1


def test_a_key_stands_for_one_day_and_for_one_render(server: Server, clock) -> None:
    first, second = ended(server), ended(server)
    for render in (first, second):
        assert "Idempotent-Replayed" not in redeliver(server, render, Idempotency_Key="again-1").headers
    earlier = redeliver(server, first, Idempotency_Key="again-1").json()["id"]
    clock.forward(86_401)
    later = redeliver(server, first, Idempotency_Key="again-1")
    assert "Idempotent-Replayed" not in later.headers
    assert later.json()["id"] != earlier, "under the same id it would be taken for delivered"


def test_a_key_that_the_release_before_has_stored_gives_the_delivery_of_then(server: Server) -> None:
    render = ended(server)
    redeliver(server, render, Idempotency_Key="again-1")
    (stored,) = asked_for(server, render)
    key = keys.delivery_request(render, stored.place)
    assert server.table.update(Update(key=key, changes={"delivery": None}, condition=PRESENT))
    assert redeliver(server, render, Idempotency_Key="again-1").json()["id"] == stored.place


def test_the_eleventh_in_a_minute_waits(server: Server) -> None:
    render = ended(server)
    limit = int(REDELIVERIES.quota)
    answers = [redeliver(server, render) for _ in range(limit + 1)]
    assert [one.status_code for one in answers] == [202] * limit + [429]
    refused = answers[-1]
    assert refused.json()["type"].endswith("too-many-requests")
    assert refused.json()["detail"] == "You may spend 10 redeliveries in 60 s; wait as Retry-After says."
    assert 0 < int(refused.headers["Retry-After"]) <= 6
    assert refused.headers["RateLimit-Policy"] == '"redeliveries";q=10;w=60'
    assert server.as_other("POST", f"/v1/renders/{render}/redeliver").status_code == 404, "another's are left"


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("made", "status", "problem"),
    [
        (submitted, 409, "render-is-not-final"),
        (lambda server: ended(server, None), 409, "render-has-no-webhook"),
        (lambda _: new_job_id(START), 404, "not-found"),
        (lambda _: "r_1", 404, "not-found"),
    ],
    ids=["queued", "no webhook", "unknown", "no id"],
)
def test_what_has_no_webhook_to_deliver_is_refused_and_stores_nothing(
    server: Server, made, status: int, problem: str
) -> None:
    render = made(server)
    answer = redeliver(server, render)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:clip-it:problem:{problem}")
    assert asked_for(server, render) == []


def test_another_tenants_render_is_not_found(server: Server) -> None:
    render = ended(server)
    assert server.as_other("POST", f"/v1/renders/{render}/redeliver").status_code == 404
    assert asked_for(server, render) == []


def test_a_deleted_render_is_not_found(server: Server) -> None:
    render = ended(server)
    assert server.http.delete(f"/v1/renders/{render}").status_code == 204
    assert redeliver(server, render).status_code == 404


def test_a_malformed_key_is_refused(server: Server) -> None:
    answer = redeliver(server, ended(server), Idempotency_Key="a b")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "Idempotency-Key")


def test_a_silent_table_is_a_503_that_may_be_repeated(world: World) -> None:
    render = world.submit({"composition": COMPOSITION, "webhook_url": HOOK}).json()["id"]
    world.http.post(f"/v1/renders/{render}/cancel")
    world.jobs.error = TryAgainLater("throttled")
    answer = world.http.post(f"/v1/renders/{render}/redeliver")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
