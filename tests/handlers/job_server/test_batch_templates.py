"""Batches of tenants' templates: one look-up a name, and the same answer when the template is gone."""

import pytest
from httpx import Response

from handlers.job_server.schemas.examples import REQUESTS
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store import keys
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.table import PRESENT, Update
from tests.handlers.job_server.conftest import Server
from tests.handlers.job_server.fakes import COMPOSITION

BODY = {"shared": {"template": "promo"}, "items": [{"fields": {"price": str(one)}} for one in range(4)]}


def post(server: Server, body: object = BODY, path: str = "/v1/batches") -> Response:
    return server.http.post(path, json=body, headers={"Idempotency-Key": "b-1"})


@pytest.fixture(autouse=True)
def _promo(server: Server) -> None:
    assert server.http.put("/v1/templates/promo", json=REQUESTS["putTemplate"]["promo"]).status_code == 200


def kind(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:clip-it:problem:")


def test_a_name_without_a_version_is_looked_up_once_for_all_items(
    server: Server, reads: list[tuple[str, int]]
) -> None:
    server.http.get("/v1/renders")  # the key is remembered
    reads.clear()
    assert post(server).status_code == 202
    assert [name for name, _ in reads] == ["Query", "Query", "TransactWriteItems"], "template, queue, write"


def test_a_batch_of_too_many_templates_is_refused_before_any_is_read(
    server: Server, reads: list[tuple[str, int]]
) -> None:
    server.http.get("/v1/renders")
    reads.clear()
    items = [{"template": f"promo@{one}", "fields": {"price": "1"}} for one in range(1, 12)]
    answer = post(server, {"items": items})
    assert answer.json()["errors"][0]["detail"] == "name 11 different templates; the maximum is 10"
    assert [name for name, _ in reads] == ["GetItem"], "the idempotency key alone"


def test_a_repeated_batch_gets_its_answer_when_its_template_is_gone(server: Server) -> None:
    first = post(server)
    assert server.http.delete("/v1/templates/promo").status_code == 204
    again = post(server)
    assert (again.status_code, again.json()) == (202, first.json()), again.text
    assert again.headers["Idempotent-Replayed"] == "true"
    other = post(server, {**BODY, "items": [{"fields": {"price": "other"}}]})
    assert (other.status_code, kind(other)) == (409, "idempotency-key-reused")


def test_a_batch_that_was_interrupted_cannot_go_on_without_its_template(server: Server) -> None:
    batch = post(server).json()["id"]
    assert server.http.delete("/v1/templates/promo").status_code == 204
    interrupted = Update(key=keys.batch(batch), changes={"written": 2}, condition=PRESENT)
    assert server.table.update(interrupted)
    again = post(server)
    assert again.status_code == 422, again.text
    assert again.json()["errors"][0]["pointer"] == "/shared/template"


@pytest.mark.parametrize(
    ("first", "then", "body"),
    [
        ("/v1/batches", "/v1/renders", {"items": [{"composition": COMPOSITION}]}),
        ("/v1/renders", "/v1/batches", {"composition": COMPOSITION}),
    ],
)
def test_a_key_of_the_one_stands_for_nothing_of_the_other(
    server: Server, first: str, then: str, body: object
) -> None:
    assert post(server, body, first).status_code == 202
    answer = post(server, body, then)
    assert (answer.status_code, kind(answer)) == (409, "idempotency-key-reused")


def test_a_list_by_key_shows_only_renders_of_the_batch_that_it_asks_for(server: Server) -> None:
    batch = post(server).json()["id"]
    here = {"idempotency_key": "b-1"}
    assert len(server.http.get("/v1/renders", params=here).json()["renders"]) == 4
    other = here | {"batch": "b_01hf7yat00z3ghvhxwt0jccf"}
    assert server.http.get("/v1/renders", params=other).json()["renders"] == []
    assert len(server.http.get("/v1/renders", params=here | {"batch": batch}).json()["renders"]) == 4


@pytest.fixture
def interrupted(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a batch of which the first two of four renders are written."""
    with monkeypatch.context() as patched:
        patched.setattr("handlers.job_server.batches.service.JOBS_AT_ONCE", 2)
        patched.setattr(CustomerJobs, "extend_batch", _unavailable)
        assert post(server).status_code == 503
    return str(server.http.get("/v1/renders").json()["renders"][0]["batch"])


def _unavailable(*_: object, **__: object) -> None:
    raise TryAgainLater("the table does not answer")


def changed(**changes: object) -> object:
    return {**REQUESTS["putTemplate"]["promo"], **changes}


@pytest.mark.parametrize(
    "newest",
    [
        changed(description="Another one"),
        changed(
            fields={"type": "object", "additionalProperties": False, "properties": {}},
            composition=COMPOSITION,
            example={},
        ),
    ],
    ids=["takes the same fields", "does not take them"],
)
def test_a_batch_that_was_interrupted_goes_on_with_the_version_that_it_was_begun_with(
    server: Server, interrupted: str, newest: object
) -> None:
    assert server.http.put("/v1/templates/promo", json=newest).json()["version"] == 2
    answer = post(server)
    assert (answer.status_code, answer.json().get("id")) == (202, interrupted), answer.text
    renders = server.http.get("/v1/renders", params={"batch": interrupted}).json()["renders"]
    assert [one["template"] for one in renders] == ["promo@1"] * 4
    assert post(server).headers["Idempotent-Replayed"] == "true"


@pytest.mark.usefixtures("interrupted")
def test_a_batch_cannot_go_on_when_the_version_that_it_was_begun_with_is_gone(server: Server) -> None:
    assert server.http.delete("/v1/templates/promo").status_code == 204
    assert server.http.put("/v1/templates/promo", json=changed()).json()["version"] == 2
    answer = post(server)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/shared/template"
    assert "stood for promo@1" in error["detail"]
