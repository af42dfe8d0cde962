"""Batches as a customer meets them, over HTTP: accepted whole, refused whole, seen, listed, repeated."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NoReturn

import pytest
from httpx import Response

from handlers.job_server.aws import Buckets, FleetQueues
from handlers.job_server.batches.service import SETTLED_SECONDS
from handlers.job_server.edge import rates
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.entrypoint import writes_of
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import new_asset_id
from handlers.jobs.messages.render_queue import Addressed, RenderMessage, encode, url_for
from handlers.jobs.model import Job, Priority
from handlers.jobs.store import keys
from handlers.jobs.store.customers.batches import MOST_ITEMS
from handlers.jobs.store.table import PRESENT
from tests.handlers.conftest import START, a_job
from tests.handlers.job_server.conftest import QUEUED_LIMIT, Server
from tests.handlers.job_server.fakes import COMPOSITION, World

ITEM = {"composition": COMPOSITION}


def post(server: Server | World, body: object, key: str | None = "b-1", **headers: str) -> Response:
    named = {"Idempotency-Key": key} if key is not None else {}
    return server.http.post("/v1/batches", json=body, headers={**named, **headers})


def submitted(server: Server | World, items: int = 3, key: str = "b-1") -> str:
    answer = post(server, {"items": [ITEM] * items}, key)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def problem_of(answer: Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:clip-it:problem:")


def test_each_item_is_an_ordinary_render_with_its_own_id_and_message(server: Server, clock) -> None:
    answer = post(
        server,
        {
            "shared": {"template": "title-card", "fields": {"tone_hz": 440}, "metadata": {"order": "7"}},
            "items": [
                {"fields": {"title": "One"}},
                {"fields": {"title": "Two"}, "metadata": {"row": "2"}, "fleet": "gpu"},
            ],
        },
    )
    assert answer.status_code == 202
    body = answer.json()
    assert answer.headers["Location"] == body["links"]["self"] == f"/v1/batches/{body['id']}"
    first, second = (server.http.get(f"/v1/renders/{render}").json() for render in body["renders"])
    assert (first["batch"], first["template"], first["metadata"]) == (
        body["id"],
        "title-card",
        {"order": "7"},
    )
    assert (second["fleet"], second["metadata"]) == ("gpu", {"order": "7", "row": "2"})
    assert len(server.messages(Priority.BULK)) == 1, "the other is on the queue of its own fleet"
    assert server.http.post(f"/v1/renders/{second['id']}/cancel").json()["state"] == "cancelled"


def test_renders_of_a_batch_are_bulk_ones_unless_it_says_otherwise(server: Server) -> None:
    answer = post(server, {"items": [ITEM, {**ITEM, "priority": "normal"}]})
    bulk, normal = (server.http.get(f"/v1/renders/{one}").json() for one in answer.json()["renders"])
    assert (bulk["priority"], normal["priority"]) == ("bulk", "normal")
    assert "seven of eight times a normal one" in bulk["waiting"]["reason"]
    assert "seven of eight" not in normal["waiting"]["reason"]
    assert server.messages() == [encode(RenderMessage(job_id=normal["id"], attempt=1))]
    assert server.messages(Priority.BULK) == [encode(RenderMessage(job_id=bulk["id"], attempt=1))]


def test_a_batch_shows_how_many_of_its_renders_are_in_each_state(server: Server, clock) -> None:
    batch = submitted(server)
    render = server.http.get("/v1/renders?limit=1").json()["renders"][0]["id"]
    server.http.post(f"/v1/renders/{render}/cancel")
    seen = server.http.get(f"/v1/batches/{batch}").json()
    assert (seen["items"], seen["accepted"], seen["ended"], seen["poll_after_s"]) == (3, 3, False, 1)
    counts = {"queued": 2, "rendering": 0, "succeeded": 0, "failed": 0, "cancelled": 1, "deleted": 0}
    assert seen["renders"] == counts
    assert seen["created_at"] == "2023-11-14T22:13:20Z"
    server.http.delete(f"/v1/renders/{render}")
    clock.forward(SETTLED_SECONDS)
    later = server.http.get(f"/v1/batches/{batch}").json()
    assert later["renders"] == counts | {"cancelled": 0, "deleted": 1}


def test_a_batch_has_ended_when_all_of_its_renders_have(server: Server) -> None:
    batch = submitted(server)
    for render in server.http.get(f"/v1/renders?batch={batch}").json()["renders"]:
        server.http.post(f"/v1/renders/{render['id']}/cancel")
    seen = server.http.get(f"/v1/batches/{batch}").json()
    assert (seen["ended"], seen["poll_after_s"], seen["renders"]["cancelled"]) == (True, None, 3)


def test_a_repeated_batch_that_has_expired_is_not_found_as_the_document_says(server: Server) -> None:
    server.table.delete(keys.batch(submitted(server)), PRESENT)
    again = post(server, {"items": [ITEM] * 3})
    assert (again.status_code, problem_of(again)) == (404, "not-found")
    document = server.http.get("/openapi.json").json()
    assert "404" in document["paths"]["/v1/batches"]["post"]["responses"]


def test_a_render_that_the_index_does_not_show_yet_counts_as_queued(server: Server, clock) -> None:
    batch = submitted(server)
    render = server.http.get("/v1/renders?limit=1").json()["renders"][0]["id"]
    server.table.delete(keys.job(render), PRESENT)
    assert server.http.get(f"/v1/batches/{batch}").json()["renders"]["queued"] == 3


def test_a_look_at_a_batch_is_two_reads_that_touch_nobody_elses_renders(
    server: Server, reads: list[tuple[str, int]]
) -> None:
    server.submit()
    batch = submitted(server)
    server.http.get(f"/v1/batches/{batch}")  # the key is remembered
    reads.clear()
    server.http.get(f"/v1/batches/{batch}")
    assert reads == [("GetItem", 1), ("Query", 3)]


def test_a_list_by_batch_has_its_renders_and_reads_no_others(
    server: Server, reads: list[tuple[str, int]]
) -> None:
    server.submit()
    batch = submitted(server)
    first = server.http.get(f"/v1/renders?batch={batch}&limit=2").json()
    assert [one["batch"] for one in first["renders"]] == [batch] * 2
    reads.clear()
    second = server.http.get(f"/v1/renders?batch={batch}&limit=2&cursor={first['next_cursor']}").json()
    assert [one["batch"] for one in second["renders"]] == [batch]
    assert second["next_cursor"] is None
    assert ("Query", 1) in reads
    assert server.as_other("GET", f"/v1/renders?batch={batch}").json()["renders"] == []
    assert server.http.get("/v1/renders?batch=r_1").status_code == 422


def test_a_batch_is_the_tenants_own(server: Server) -> None:
    batch = submitted(server)
    answers = [
        server.as_other("GET", f"/v1/batches/{batch}"),
        server.http.get("/v1/batches/b_01hf7yat00z3ghvhxwt0jccf"),
        server.http.get("/v1/batches/nonsense"),
    ]
    assert [(one.status_code, one.json()["detail"]) for one in answers] == [
        (404, "You have no batch with this id.")
    ] * 3
    theirs = post(server, {"items": [ITEM] * 3}, Authorization=f"Bearer {server.other_key}")
    assert (theirs.status_code, theirs.json()["id"] == batch) == (202, False)


def test_the_same_key_and_body_is_the_same_batch_with_the_same_answer(server: Server) -> None:
    body = {"items": [ITEM] * 3}
    first, again = post(server, body), post(server, body)
    assert (again.status_code, again.json()) == (202, first.json())
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert len(server.messages(Priority.BULK)) == 3
    assert problem_of(post(server, {"items": [ITEM] * 2})) == "idempotency-key-reused"
    assert problem_of(server.submit(Idempotency_Key="b-1")) == "idempotency-key-reused"
    assert len(server.messages(Priority.BULK)) == 3


def test_a_lost_answer_is_found_by_its_key(server: Server) -> None:
    batch = submitted(server)
    found = server.http.get("/v1/renders?idempotency_key=b-1").json()["renders"]
    assert [one["batch"] for one in found] == [batch] * 3


def test_a_list_by_the_key_of_a_batch_has_pages(server: Server, reads: list[tuple[str, int]]) -> None:
    batch = submitted(server)
    by_key = "/v1/renders?idempotency_key=b-1&limit=2"
    reads.clear()
    first = server.http.get(by_key).json()
    assert max(items for _, items in reads) <= 3, "one more than the limit"
    second = server.http.get(f"{by_key}&cursor={first['next_cursor']}").json()
    found = [*first["renders"], *second["renders"]]
    assert [one["batch"] for one in found] == [batch] * 3
    assert len({one["id"] for one in found}) == 3
    assert (len(first["renders"]), second["next_cursor"]) == (2, None)


def test_requests_with_one_key_at_the_same_time_make_one_batch(world: World) -> None:
    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(lambda _: submitted(world), range(4)))
    assert len(set(ids)) == 1
    assert len(world.queue.sent) == 3


def test_a_batch_needs_a_key_by_which_it_can_be_resumed(world: World) -> None:
    answer = post(world, {"items": [ITEM]}, key=None)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "Idempotency-Key")
    assert not world.jobs.jobs


def test_a_batch_that_has_not_enough_room_is_refused_whole_and_asks_to_wait(server: Server) -> None:
    for number in range(3):
        server.submit(Idempotency_Key=f"k-{number}")
    answer = post(server, {"items": [ITEM] * 3})
    assert (answer.status_code, problem_of(answer), answer.headers["Retry-After"]) == (
        429,
        "too-many-queued",
        "30",
    )
    assert "You have 3 renders waiting for fleet cpu, and at most 5 may wait" in answer.json()["detail"]
    assert len(server.http.get("/v1/renders").json()["renders"]) == 3
    assert submitted(server, items=QUEUED_LIMIT - 3, key="b-2")
    assert post(server, {"items": [ITEM] * 3}).status_code == 429, "a refusal does not use the key"


def test_every_mistake_has_its_place_and_nothing_is_written(world: World) -> None:
    body = {
        "shared": {"fleet": "tpu", "template": "title-card", "fields": {"tone_hz": "loud"}},
        "items": [
            {"fields": {"title": "Hello"}},
            {"fields": {"titel": "Hello"}},
            {"fields": {"title": "Hello"}, "fleet": "cpu", "webhook_url": "ftp://example.com"},
        ],
    }
    answer = post(world, body)
    assert answer.status_code == 422
    assert sorted(one["pointer"] for one in answer.json()["errors"]) == [
        "/items/1/fields/titel",
        "/items/1/fields/title",
        "/items/2/webhook_url",
        "/shared/fields/tone_hz",
        "/shared/fleet",
    ]
    assert not world.jobs.jobs
    assert not world.jobs.records


def test_an_asset_that_is_missing_is_named_where_it_stands(world: World) -> None:
    asset = "a_" + "0" * 26
    with_picture = {**COMPOSITION, "scenes": [{"duration_s": 1, "image": {"asset": asset}}]}
    answer = post(world, {"items": [ITEM, {"composition": with_picture}]})
    assert [one["pointer"] for one in answer.json()["errors"]] == [
        "/items/1/composition/scenes/0/image/asset"
    ]


def test_an_asset_is_looked_up_once_for_the_whole_batch_also_when_it_is_missing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = list[str]()
    monkeypatch.setattr(Buckets, "_pixels", lambda _, key: looked.append(key))
    assets = [new_asset_id(START) for _ in range(3)]
    scenes = [{"duration_s": 1, "image": {"asset": asset}} for asset in assets]
    body = {"shared": {"composition": COMPOSITION | {"scenes": scenes}}, "items": [{}] * QUEUED_LIMIT}
    answer = post(server, body)
    assert {one["pointer"] for one in answer.json()["errors"]} == {
        f"/shared/composition/scenes/{index}/image/asset" for index in range(len(assets))
    }
    assert sorted(looked) == sorted(keys.asset_object("acme", asset) for asset in assets)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({}, "/items"),
        ({"items": []}, "/items"),
        ({"items": [{}] * (MOST_ITEMS + 1)}, "/items"),
        ({"items": [1]}, "/items/0"),
        ({"items": [{}], "shared": []}, "/shared"),
        ({"items": [{}], "more": 1}, "/more"),
        ({"items": [{"composition": COMPOSITION}], "shared": {"titel": 1}}, "/shared/titel"),
    ],
)
def test_what_is_no_batch_is_refused_by_its_place(world: World, body: object, pointer: str) -> None:
    answer = post(world, body)
    assert answer.status_code == 422
    assert pointer in [one.get("pointer") for one in answer.json()["errors"]]


def test_what_is_shared_counts_with_each_item(world: World) -> None:
    shared = {"metadata": {str(number): "x" for number in range(2000)}}
    answer = post(world, {"shared": shared, "items": [ITEM] * 5})
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/shared"]
    assert "the maximum is 10000" in answer.json()["detail"]


def test_hundreds_of_mistakes_are_answered_with_the_first_hundred(world: World) -> None:
    answer = post(world, {"items": [{"composition": {"version": 2}}] * 100})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 100


def test_a_batch_pays_for_its_renders_before_they_are_checked(world: World) -> None:
    refused = {"composition": COMPOSITION, "fleet": "tpu"}
    before = writes_left(post(world, {"items": [refused]}))
    # The bucket fills by ten a second meanwhile.
    assert before - writes_left(post(world, {"items": [refused] * 100})) > 50


def test_a_batch_that_is_refused_at_a_glance_pays_for_one_write(world: World) -> None:
    before = writes_left(post(world, {"items": []}))
    assert before - writes_left(post(world, {"items": [ITEM] * (MOST_ITEMS + 1)})) <= 1


def writes_left(answer: Response) -> int:
    assert answer.status_code == 422, answer.text
    left = re.fullmatch(r'"writes";r=([0-9]+);t=0', answer.headers["RateLimit"])
    assert left
    return int(left[1])


def test_large_compositions_of_a_batch_go_into_the_bucket(world: World, all_large: None) -> None:
    submitted(world)
    assert len(world.objects.stored) == 3


def test_a_queue_that_does_not_answer_leaves_the_messages_to_the_sweeper(world: World) -> None:
    world.queue.error = ConnectionError("gone")
    batch = submitted(world)
    assert world.http.get(f"/v1/batches/{batch}").json()["renders"]["queued"] == 3


def test_a_queue_that_is_gone_leaves_no_mark_and_keeps_no_other_from_its_messages(server: Server) -> None:
    server.sqs.delete_queue(QueueUrl=url_for(server.queue_url, Priority.BULK))
    items = [ITEM, {**ITEM, "priority": "normal"}, ITEM]
    answer = post(server, {"items": items})
    assert answer.status_code == 202, answer.text
    jobs = [server.table.get(keys.job(one)) for one in answer.json()["renders"]]
    assert [job and "dispatched_at" in job for job in jobs] == [False, True, False]
    assert len(server.messages()) == 1


@dataclass
class Refusing:
    """Queues that take nothing, and marks that cannot be taken back of the first job."""

    taken_back: list[str] = field(default_factory=list)

    def send_all(self, _: str, messages: Sequence[Addressed]) -> NoReturn:
        raise PermissionError(f"of {len(messages)}")

    def take_back(self, job: Job, *, now: float) -> bool:
        self.taken_back.append(job.id)
        if len(self.taken_back) == 1:
            raise TryAgainLater(f"at {now}")
        return True


def test_a_mark_that_cannot_be_taken_back_keeps_no_other_from_it() -> None:
    refusing = Refusing()
    queues = FleetQueues(refusing, refusing, {"cpu": "https://queue"})  # type: ignore[arg-type]
    jobs = [a_job(now=START), a_job(now=START, priority=Priority.BULK), a_job(now=START)]
    unsent = queues.send_all(jobs, now=START)
    assert sorted(refusing.taken_back) == sorted(job.id for job in jobs)
    assert {(one.job.id, one.error, one.passing) for one in unsent} == {
        (job, "TryAgainLater", True) if job == refusing.taken_back[0] else (job, "PermissionError", False)
        for job in refusing.taken_back
    }


@pytest.mark.parametrize("queued_limit", [1, 30, 44, 60, 100, 1000])
def test_whoever_has_a_full_bucket_can_pay_for_the_largest_batch(queued_limit: int) -> None:
    items = min(MOST_ITEMS, queued_limit)
    of_its_size, of_its_assets = 16, 10
    writes = Capacity(writes=writes_of(queued_limit)).writes
    assert items + of_its_size + of_its_assets <= writes.quota * rates.SHARE_OF_A_KEY
