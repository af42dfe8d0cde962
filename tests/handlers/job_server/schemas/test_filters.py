"""The filters of a list as a customer meets them."""

import pytest
from starlette.requests import Request

from handlers.job_server.edge.spending import COST_OF_SKIPPING, cost
from tests.handlers.conftest import Clock
from tests.handlers.job_server.conftest import Server

AT = "2023-11-14T22:13:{second}Z"
"""The test's clock starts at second 20."""


def ids(server: Server, **parameters: str) -> list[str]:
    answer = server.http.get("/v1/renders", params=parameters)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["renders"]]


def refusal(server: Server, **parameters: str) -> dict[str, str]:
    answer = server.http.get("/v1/renders", params=parameters)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:clip-it:problem:invalid-request")
    (error,) = answer.json()["errors"]
    return dict(error)


def three(server: Server, clock: Clock) -> list[str]:
    """Three renders, submitted a second apart, the first under an idempotency key."""
    made = []
    for number in range(3):
        made.append(server.submit(Idempotency_Key=f"order-{number}").json()["id"])
        clock.forward(1)
    return made


def test_a_list_can_be_of_a_span_of_time(server: Server, clock: Clock) -> None:
    first, second, third = three(server, clock)
    assert ids(server, created_after=AT.format(second=21)) == [third, second]
    assert ids(server, created_before=AT.format(second=21)) == [first]
    assert ids(
        server, created_after="2023-11-14T23:13:20.001+01:00", created_before=AT.format(second=22)
    ) == [second]
    assert ids(server, created_after="0001-01-01T00:00:00Z", created_before="9999-12-31T23:59:59Z") == [
        third,
        second,
        first,
    ]


def test_a_list_can_be_of_a_template(server: Server) -> None:
    server.submit()
    made = server.submit({"template": "title-card", "fields": {"title": "Hello"}}).json()["id"]
    assert ids(server, template="title-card") == [made]
    assert ids(server, template="no-such-template") == []


def test_a_lost_answer_is_found_by_its_idempotency_key(server: Server, clock: Clock) -> None:
    first, *_ = three(server, clock)
    assert ids(server, idempotency_key="order-0") == [first]
    assert ids(server, idempotency_key="order-9") == []
    assert ids(server, idempotency_key="order-0", state="queued") == [first]
    assert ids(server, idempotency_key="order-0", state="failed") == []
    assert ids(server, idempotency_key="order-0", created_after=AT.format(second=21)) == []


def test_a_lost_answer_is_found_for_a_day(server: Server, clock: Clock) -> None:
    made = server.submit(Idempotency_Key="order-1").json()["id"]
    clock.forward(86_399)
    assert ids(server, idempotency_key="order-1") == [made]
    clock.forward(1)
    assert ids(server, idempotency_key="order-1") == []


def test_a_list_by_key_reads_the_record_and_the_render_alone(
    server: Server, clock: Clock, reads: list[tuple[str, int]]
) -> None:
    three(server, clock)
    ids(server)
    reads.clear()
    ids(server, idempotency_key="order-0")
    assert [name for name, _ in reads] == ["GetItem", "Query", "GetItem"], "record, render, scaler's view"
    assert [items for _, items in reads] == [1, 1, 1]


def test_another_tenant_finds_nothing_by_any_filter(server: Server, clock: Clock) -> None:
    three(server, clock)
    for query in ("idempotency_key=order-0", f"created_after={AT.format(second=20)}", "template=title-card"):
        assert server.as_other("GET", f"/v1/renders?{query}").json()["renders"] == []


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "time", ["1700000000", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20 01:00", "yesterday", ""]
)
def test_a_time_without_a_zone_or_in_another_form_is_refused(server: Server, time: str) -> None:
    error = refusal(server, created_after=time)
    assert error["parameter"] == "created_after"
    assert "2023-11-14T22:13:20Z" in error["detail"]


def test_a_span_that_no_time_lies_in_is_refused(server: Server) -> None:
    at = AT.format(second=20)
    error = refusal(server, created_after=at, created_before=at)
    assert error == {"parameter": "created_after", "detail": "must be earlier than created_before"}


def test_a_cursor_with_other_filters_is_refused(server: Server, clock: Clock) -> None:
    three(server, clock)
    after = {"created_after": AT.format(second=20)}
    cursor = server.http.get("/v1/renders", params={**after, "limit": "1"}).json()["next_cursor"]
    assert len(ids(server, cursor=cursor, **after)) == 2
    assert refusal(server, cursor=cursor)["parameter"] == "cursor"
    assert refusal(server, cursor=cursor, idempotency_key="order-0")["parameter"] == "cursor"


@pytest.mark.parametrize(
    ("query", "reads"),
    [
        ("template=title-card", COST_OF_SKIPPING),
        ("state=failed&limit=1", COST_OF_SKIPPING),
        ("created_after=2023-11-14T22:13:20Z&limit=100", 2),
        ("idempotency_key=order-1", 1),
    ],
)
def test_a_list_costs_what_it_may_read(query: str, reads: int) -> None:
    scope = {"type": "http", "method": "GET", "path": "/v1/renders", "query_string": query.encode()}
    assert cost(Request(scope)) == reads
