"""The API as a customer meets it: what is answered, what is stored, what is put onto the queue."""

import asyncio
import json

import httpx
import pytest

from handlers.job_server.memory import KEY_SECONDS
from handlers.job_server.queue_limit import KEEP_SECONDS
from handlers.job_server.routes import MAX_PAGE
from handlers.job_server.schemas.requests import MOST_WARNINGS
from handlers.jobs.messages.webhooks import WebhookMessage
from handlers.jobs.model import Failure, Job, Output, Priority
from handlers.jobs.reasons import FailureCode
from handlers.jobs.store import keys
from handlers.jobs.store.api_keys import digest
from handlers.jobs.store.compositions import Compositions
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers import listing
from handlers.jobs.store.failed_jobs import FailedJobs
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import MOST_KEYS, Put
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.notifier.aws import DeliveryLog
from handlers.notifier.ports import Entry, Standing
from tests.handlers.conftest import Clock, NewJob
from tests.handlers.job_server.conftest import INPUTS, QUEUED_LIMIT, Server
from tests.handlers.job_server.fakes import COMPOSITION


def submitted(server: Server, body: object = None, **headers: str) -> str:
    answer = server.submit(body, **headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def claimed(server: Server, job_id: str, now: float, instance: str = "i-1") -> Claim:
    WorkerHeartbeats(server.table).register(instance, fleet="cpu", now=now)
    claim = Claim(job_id=job_id, attempt=1, instance_id=instance)
    assert isinstance(WorkerJobs(server.table).claim(claim, now=now, lease_seconds=60), Job)
    return claim


def test_a_submission_is_stored_sent_and_answered(server: Server, clock) -> None:
    answer = server.submit()
    assert answer.status_code == 202
    job_id = answer.json()["id"]
    assert answer.headers["Location"] == f"/v1/renders/{job_id}"
    assert server.messages() == [json.dumps({"job": job_id, "attempt": 1})]
    stored = Compositions(server.table).of(job_id)
    assert stored
    assert json.loads(stored) == COMPOSITION
    job = CustomerJobs(server.table).get(job_id)
    assert job is not None
    assert (job.tenant, job.dispatched_at, job.expires_at) == ("acme", clock(), int(clock()) + 30 * 86400)


def test_a_bulk_render_is_sent_to_the_queue_of_its_own(server: Server) -> None:
    job_id = submitted(server, {"composition": COMPOSITION, "priority": "bulk"})
    assert server.messages() == []
    assert server.messages(Priority.BULK) == [json.dumps({"job": job_id, "attempt": 1})]
    assert server.http.get(f"/v1/renders/{job_id}").json()["priority"] == "bulk"
    refused = server.submit({"composition": COMPOSITION, "priority": "urgent"})
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/priority"]


def test_a_render_can_be_seen_where_location_points(server: Server) -> None:
    answer = server.submit({"composition": COMPOSITION, "webhook_url": "https://example.com/hook"})
    seen = server.http.get(answer.headers["Location"])
    assert seen.status_code == 200
    body = seen.json()
    assert (body["state"], body["fleet"], body["attempt"]) == ("queued", "cpu", 1)
    assert body["webhook_url"] == "https://example.com/hook"
    assert body["waiting"]["code"] == "starting"
    assert body["trace_id"] == answer.json()["trace_id"]
    assert (body["created_at"], body["expires_at"]) == ("2023-11-14T22:13:20Z", "2023-12-14T22:13:20Z")
    assert body["poll_after_s"] == 1
    assert body["links"]["events"] == f"/v1/renders/{body['id']}/events"


def test_the_same_key_and_body_is_the_same_render_with_the_same_answer(server: Server) -> None:
    first, again = (server.submit(Idempotency_Key="k-1") for _ in range(2))
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    assert len(server.messages()) == 1
    assert len(server.http.get("/v1/renders").json()["renders"]) == 1


def test_the_same_key_with_another_body_is_a_conflict_that_changes_nothing(server: Server) -> None:
    submitted(server, Idempotency_Key="k-1")
    answer = server.submit({"composition": {**COMPOSITION, "rate": 12}}, Idempotency_Key="k-1")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:clip-it:problem:idempotency-key-reused")
    assert len(server.messages()) == 1


def test_an_idempotency_key_is_the_tenants_own_and_ends_after_a_day(server: Server, clock) -> None:
    first = submitted(server, Idempotency_Key="k-1")
    other = submitted(server, Idempotency_Key="k-1", Authorization=f"Bearer {server.other_key}")
    clock.forward(24 * 3600 + 1)
    later = submitted(server, Idempotency_Key="k-1")
    assert len({first, other, later}) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "tab\t"])
def test_an_idempotency_key_that_cannot_be_used_is_refused(server: Server, key: str) -> None:
    answer = server.submit(Idempotency_Key=key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


@pytest.mark.usefixtures("all_large")
def test_a_large_composition_is_stored_in_the_bucket_alone(server: Server) -> None:
    job_id = submitted(server)
    stored = server.s3.get_object(Bucket=INPUTS, Key=f"compositions/acme/{job_id}.json")["Body"].read()
    assert json.loads(stored) == COMPOSITION
    assert Compositions(server.table).of(job_id) is None


def test_a_submission_that_is_only_checked_stores_and_sends_nothing(server: Server, dynamodb) -> None:
    scenes = [
        {"duration_s": 1.25},
        {"duration_s": 2, "transition": {"kind": "fade", "duration_s": 0.33}},
    ]
    before = dynamodb.scan(TableName="clip-it-test")["Count"]
    body = {"composition": COMPOSITION | {"scenes": scenes}, "metadata": {"order": "1"}}
    answer = server.http.post("/v1/renders/validate", json=body)
    assert (answer.status_code, answer.json()) == (
        200,
        {"duration_s": 3.0, "frames": 30, "warnings": []},
    )
    assert dynamodb.scan(TableName="clip-it-test")["Count"] == before
    assert server.messages() == []
    assert server.http.get("/v1/renders").json()["renders"] == []


VIDEO = {"url": "https://example.com/a.mp4"}


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"audio": {"tone_hz": 440}}, "/audio", "a gif has no sound"),
        ({"captions": {"asset": VIDEO, "size": 65}}, "/captions/size", "frame's height, 64"),
        ({"duration_s": 1, "text": {"content": "x", "size": 66}}, "/scenes/1/text/size", "height, 64"),
        (
            {"duration_s": 1, "transition": {"kind": "fade", "duration_s": 0.09}},
            "/scenes/1/transition",
            "shorter than one frame at 10 frames",
        ),
        (
            {"duration_s": 1, "transition": {"kind": "none", "duration_s": 1}},
            "/scenes/1/transition/duration_s",
            "the kind is none",
        ),
        (
            {"duration_s": 1, "video": {"asset": VIDEO, "mute": True, "volume": 2}},
            "/scenes/1/video/volume",
            "the video is muted",
        ),
    ],
)
def test_a_check_warns_of_what_would_not_come_as_asked_for(
    server: Server, change: dict[str, object], pointer: str, words: str
) -> None:
    scenes = [
        {"duration_s": 1, "transition": {"kind": "none"}},
        *([change] if "duration_s" in change else []),
    ]
    body = {
        "composition": COMPOSITION | ({} if len(scenes) > 1 else change) | {"scenes": scenes},
        "output": {"format": "gif"},
    }
    (warning,) = server.http.post("/v1/renders/validate", json=body).json()["warnings"]
    assert warning["pointer"] == f"/composition{pointer}"
    assert words in warning["detail"]
    assert server.submit(body).status_code == 202


def test_a_warning_about_a_template_names_the_field_and_there_are_twenty_at_most(server: Server) -> None:
    body = {
        "template": "title-card",
        "fields": {"title": "Hello", "tone_hz": 440},
        "output": {"format": "gif"},
    }
    (warning,) = server.http.post("/v1/renders/validate", json=body).json()["warnings"]
    assert warning == {"pointer": "/fields/tone_hz", "detail": "is left out: a gif has no sound"}
    many = COMPOSITION | {"scenes": [{"duration_s": 1, "transition": {"kind": "none", "duration_s": 1}}] * 30}
    answer = server.http.post("/v1/renders/validate", json={"composition": many})
    assert len(answer.json()["warnings"]) == MOST_WARNINGS


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "body",
    [
        {"composition": {**COMPOSITION, "width": 1}},
        {"composition": {**COMPOSITION, "scenes": [{"duration_s": 1, "image": {"asset": "a_" + "0" * 26}}]}},
        {"template": "title-card", "fields": {}},
        {"template": "none", "fields": {}, "metadata": 3},
        {"composition": COMPOSITION, "fleet": "moon", "webhook_url": "http://10.0.0.1"},
    ],
    ids=["composition", "asset", "fields", "template", "fleet and webhook"],
)
def test_a_check_refuses_what_a_submission_refuses_in_the_same_words(server: Server, body: object) -> None:
    checked, submission = (server.http.post(f"/v1/renders{path}", json=body) for path in ("/validate", ""))
    assert checked.status_code == submission.status_code == 422
    assert checked.json()["errors"] == submission.json()["errors"]


def test_metadata_comes_back_with_the_render_and_in_lists(server: Server) -> None:
    metadata = {"order": "1042", "näme": "Grüße \u2603"}
    job_id = submitted(server, {"composition": COMPOSITION, "metadata": metadata})
    assert server.http.get(f"/v1/renders/{job_id}").json()["metadata"] == metadata
    (listed,) = server.http.get("/v1/renders").json()["renders"]
    assert listed["metadata"] == metadata
    other = submitted(server)
    assert server.http.get(f"/v1/renders/{other}").json()["metadata"] == {}
    again = server.submit({"composition": COMPOSITION, "metadata": {"order": "1"}}, Idempotency_Key="k")
    changed = server.submit({"composition": COMPOSITION, "metadata": {"order": "2"}}, Idempotency_Key="k")
    assert (again.status_code, changed.status_code) == (202, 409)


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("metadata", "pointer", "word"),
    [
        ("text", "/metadata", "object"),
        ({"a": 1}, "/metadata/a", "string"),
        ({"a": "x" * 257}, "/metadata/a", "256"),
        ({"a" * 41: "x"}, "/metadata", "40"),
        ({"": "x"}, "/metadata", "1 to 40"),
        ({str(n): "" for n in range(17)}, "/metadata", "16"),
        ({str(n): "\u2603" * 86 for n in range(4)}, "/metadata", "1024"),
    ],
    ids=["no object", "no text", "long value", "long name", "no name", "too many", "too large"],
)
def test_metadata_beyond_its_limits_is_refused_with_its_place(
    server: Server, metadata: object, pointer: str, word: str
) -> None:
    answer = server.submit({"composition": COMPOSITION, "metadata": metadata})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], word in error["detail"]) == (pointer, True)


def test_as_much_metadata_as_may_be_is_taken(server: Server) -> None:
    submitted(server, {"composition": COMPOSITION, "metadata": {f"{n:02}": "x" * 62 for n in range(16)}})


def test_a_template_is_expanded_and_remembered(server: Server) -> None:
    job_id = submitted(server, {"template": "title-card", "fields": {"title": "Hello"}, "fleet": "gpu"})
    assert server.messages() == []
    stored = Compositions(server.table).of(job_id)
    assert stored
    assert json.loads(stored)["scenes"][0]["text"]["content"] == "Hello"
    seen = server.http.get(f"/v1/renders/{job_id}").json()
    assert (seen["template"], seen["fleet"]) == ("title-card", "gpu")


def test_the_catalog_tells_what_a_template_wants(server: Server) -> None:
    templates = server.http.get("/v1/templates").json()["templates"]
    assert [one["name"] for one in templates] == ["lower-third", "slideshow", "title-card"]
    assert templates[2]["fields"]["required"] == ["title"]


def test_an_asset_is_announced_uploaded_and_used(server: Server) -> None:
    announced = server.http.post("/v1/assets", json={"content_type": "image/png", "size": 3})
    assert announced.status_code == 201
    asset = announced.json()
    assert asset["upload"]["headers"] == {
        "Content-Type": "image/png",
        "Content-Length": "3",
        "If-None-Match": "*",
    }
    assert f"assets/acme/{asset['id']}" in asset["upload"]["url"]
    assert "content-length%3Bcontent-type%3Bhost%3Bif-none-match" in asset["upload"]["url"], (
        "size and kind must be signed"
    )
    body = {"composition": {**COMPOSITION, "scenes": [{"duration_s": 1, "image": {"asset": asset["id"]}}]}}
    early = server.submit(body)
    assert early.status_code == 422
    assert asset["id"] in early.json()["errors"][0]["detail"]
    server.s3.put_object(Bucket=INPUTS, Key=f"assets/acme/{asset['id']}", Body=b"png")
    submitted(server, body)
    theirs = server.submit(body, Authorization=f"Bearer {server.other_key}")
    assert theirs.status_code == 422, "an asset belongs to its tenant"


def test_the_list_is_newest_first_in_parts(server: Server, clock) -> None:
    made = []
    for _ in range(5):
        made.append(submitted(server))
        clock.forward(1)
    seen, cursor, parts = [], None, 0
    while cursor or not parts:
        part = server.http.get(
            "/v1/renders", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [one["id"] for one in part["renders"]]
        cursor, parts = part.get("next_cursor"), parts + 1
    assert (seen, parts) == (made[::-1], 3)


def test_a_list_can_be_of_one_state_over_several_parts(server: Server, clock) -> None:
    made = []
    for _ in range(5):
        made.append(submitted(server))
        clock.forward(1)
    for job_id in made[:3]:
        server.http.post(f"/v1/renders/{job_id}/cancel")
    first = server.http.get("/v1/renders", params={"state": "cancelled", "limit": 2}).json()
    rest = server.http.get(
        "/v1/renders", params={"state": "cancelled", "limit": 2, "cursor": first["next_cursor"]}
    ).json()
    assert [one["id"] for one in first["renders"] + rest["renders"]] == made[2::-1]
    assert "next_cursor" not in rest or rest["next_cursor"] is None


def test_a_list_of_a_rare_state_ends_its_part_early_and_goes_on(
    server: Server, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LOOKED_AT", 2)
    made = []
    for _ in range(5):
        made.append(submitted(server))
        clock.forward(1)
    server.http.post(f"/v1/renders/{made[0]}/cancel")
    parts, cursor = [], {}
    for _ in range(3):
        answer = server.http.get("/v1/renders", params={"state": "cancelled", **cursor}).json()
        parts.append([one["id"] for one in answer["renders"]])
        cursor = {"cursor": answer["next_cursor"]}
    assert (parts, cursor) == ([[], [], [made[0]]], {"cursor": None})


def test_a_list_asks_once_for_the_progress_of_all_its_renders(
    server: Server, reads: list[tuple[str, int]], clock: Clock
) -> None:
    for percent in (1, 2, 3):
        claim = claimed(server, submitted(server), clock(), instance=f"i-{percent}")
        WorkerJobs(server.table).report(claim, percent=percent, stage="encode", expires_at=2_000_000_000)
        clock.forward(1)
    submitted(server)
    reads.clear()
    shown = server.http.get("/v1/renders").json()["renders"]
    assert [one["progress"] and one["progress"]["percent"] for one in shown] == [None, 3, 2, 1]
    # The jobs, their progress, and the scaler's word on the fleet of the one that waits.
    assert [name for name, _ in reads] == ["Query", "BatchGetItem", "GetItem"]
    assert MAX_PAGE <= MOST_KEYS


def test_no_request_reads_what_others_have_or_asks_once_for_each_job(
    server: Server, new_job: NewJob, reads: list[tuple[str, int]]
) -> None:
    """Read units of a submission must not grow with the queue, nor calls of a list with its length."""
    for _ in range(40):
        new_job(tenant="zenith")
    for _ in range(4):
        submitted(server)
    reads.clear()
    server.seconds.append(KEEP_SECONDS)
    submitted(server)
    # The queued jobs of acme alone; then the transaction.
    assert reads == [("Query", 4), ("TransactWriteItems", 1)]
    reads.clear()
    server.http.get("/v1/renders")
    # The jobs, and the scaler's word on their fleet, which it has not said yet.
    assert reads == [("Query", 5), ("GetItem", 1)]
    job_id = server.http.get("/v1/renders").json()["renders"][0]["id"]
    for path, calls in ((f"/v1/renders/{job_id}", 2), (f"/v1/renders/{job_id}/events", 2)):
        reads.clear()
        server.http.get(path)
        assert len(reads) == calls


def test_another_tenant_sees_nothing_of_a_render(server: Server) -> None:
    job_id = submitted(server)
    for method, path in (("GET", ""), ("GET", "/events"), ("GET", "/deliveries"), ("POST", "/cancel")):
        answer = server.as_other(method, f"/v1/renders/{job_id}{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:clip-it:problem:not-found")
    assert server.as_other("GET", "/v1/renders").json()["renders"] == []
    cursor = None
    submitted(server)
    cursor = server.http.get("/v1/renders?limit=1").json()["next_cursor"]
    assert server.as_other("GET", f"/v1/renders?cursor={cursor}").json()["renders"] == []
    assert server.http.get(f"/v1/renders/{job_id}").json()["state"] == "queued"


def test_cancelling_a_queued_render_ends_it(server: Server) -> None:
    job_id = submitted(server)
    answer = server.http.post(f"/v1/renders/{job_id}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    again = server.http.post(f"/v1/renders/{job_id}/cancel")
    assert (again.status_code, again.json()["type"]) == (409, "urn:clip-it:problem:render-is-final")
    events = server.http.get(f"/v1/renders/{job_id}/events").json()["events"]
    assert [(one["number"], one["kind"], one["actor"]) for one in events] == [
        (1, "submitted", "api:acme"),
        (2, "cancelled", "api:acme"),
    ]


def test_a_render_that_was_cancelled_after_a_failed_attempt_has_not_failed(server: Server, clock) -> None:
    job_id = submitted(server)
    crash = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
    WorkerJobs(server.table).fail(claimed(server, job_id, clock()), crash, attempt_limit=3, now=clock())
    assert server.http.get(f"/v1/renders/{job_id}").json()["failure"]["code"] == "engine_crashed"
    assert server.http.post(f"/v1/renders/{job_id}/cancel").json()["failure"] is None
    seen = server.http.get(f"/v1/renders/{job_id}").json()
    assert (seen["state"], seen["failure"]) == ("cancelled", None)
    (listed,) = server.http.get("/v1/renders").json()["renders"]
    assert listed["failure"] is None


def test_a_customer_sees_that_an_operator_acted_and_not_which(server: Server, clock) -> None:
    job_id = submitted(server)
    claim = claimed(server, job_id, clock())
    crash = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
    WorkerJobs(server.table).fail(claim, crash, attempt_limit=1, now=clock())
    FailedJobs(server.table).redrive(job_id, actor="operator:alice", now=clock(), force=False)
    assert server.http.get(f"/v1/renders/{job_id}").json()["state"] == "queued"
    event = server.http.get(f"/v1/renders/{job_id}/events").json()["events"][-1]
    assert (event["kind"], event["actor"]) == ("redriven", "operator")


def test_cancelling_a_rendering_one_asks_its_worker(server: Server, clock) -> None:
    job_id = submitted(server)
    claimed(server, job_id, clock())
    for _ in range(2):
        answer = server.http.post(f"/v1/renders/{job_id}/cancel").json()
        assert (answer["state"], answer["cancel_requested"]) == ("rendering", True)
    events = server.http.get(f"/v1/renders/{job_id}/events").json()["events"]
    assert [one["kind"] for one in events] == ["submitted", "claimed", "cancel_requested"]


def test_a_deleted_render_is_gone_at_once_for_every_request(server: Server) -> None:
    job_id = submitted(server)
    server.http.post(f"/v1/renders/{job_id}/cancel")
    answer = server.http.delete(f"/v1/renders/{job_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    for method, path in (("GET", ""), ("GET", "/events"), ("GET", "/deliveries"), ("POST", "/cancel")):
        answer = server.http.request(method, f"/v1/renders/{job_id}{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:clip-it:problem:not-found")
    assert server.http.get("/v1/renders").json()["renders"] == []
    assert server.http.delete(f"/v1/renders/{job_id}").status_code == 204, "a repeated deletion is the same"


def test_a_render_that_has_not_ended_cannot_be_deleted(server: Server, clock) -> None:
    for job_id in (submitted(server), claimed(server, submitted(server), clock()).job_id):
        answer = server.http.delete(f"/v1/renders/{job_id}")
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:clip-it:problem:render-is-not-final")
        assert server.http.get(f"/v1/renders/{job_id}").status_code == 200


def test_nobody_deletes_the_render_of_another_tenant_or_none(server: Server) -> None:
    job_id = submitted(server)
    server.http.post(f"/v1/renders/{job_id}/cancel")
    assert server.as_other("DELETE", f"/v1/renders/{job_id}").status_code == 404
    assert server.http.get(f"/v1/renders/{job_id}").status_code == 200
    server.http.delete(f"/v1/renders/{job_id}")
    assert server.as_other("DELETE", f"/v1/renders/{job_id}").status_code == 404
    for unknown in ("r_" + "0" * 26, "nonsense"):
        assert server.http.delete(f"/v1/renders/{unknown}").status_code == 404


def test_a_repeated_submission_of_a_deleted_render_gets_the_first_answer_and_makes_no_other(
    server: Server,
) -> None:
    first = server.submit(Idempotency_Key="k-1")
    job_id = first.json()["id"]
    server.http.post(f"/v1/renders/{job_id}/cancel")
    server.http.delete(f"/v1/renders/{job_id}")
    again = server.submit(Idempotency_Key="k-1")
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert server.http.get(f"/v1/renders/{job_id}").status_code == 404
    assert server.http.get("/v1/renders?idempotency_key=k-1").json()["renders"] == []


def test_a_page_goes_on_from_a_render_that_was_deleted_in_the_meantime(server: Server, clock) -> None:
    made = []
    for _ in range(3):
        made.append(submitted(server))
        server.http.post(f"/v1/renders/{made[-1]}/cancel")
        clock.forward(1)
    cursor = server.http.get("/v1/renders?limit=1").json()["next_cursor"]
    server.http.delete(f"/v1/renders/{made[2]}")
    rest = server.http.get(f"/v1/renders?cursor={cursor}").json()["renders"]
    assert [one["id"] for one in rest] == made[1::-1]


def test_a_deletion_is_a_read_and_a_transaction_and_a_log_line_says_whose(
    server: Server, reads: list[tuple[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = submitted(server)
    server.http.post(f"/v1/renders/{job_id}/cancel")
    reads.clear()
    server.http.delete(f"/v1/renders/{job_id}")
    assert [name for name, _ in reads] == ["GetItem", "TransactWriteItems"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = (one for one in lines if one.get("method") == "DELETE")
    assert (line["job"], line["tenant"], line["status"]) == (job_id, "acme", 204)


def test_a_finished_render_has_a_link_to_its_video(server: Server, clock) -> None:
    job_id = submitted(server)
    claim = claimed(server, job_id, clock())
    assert server.http.get(f"/v1/renders/{job_id}").json()["progress"]["percent"] == 0
    key = f"outputs/acme/{job_id}/1/video.mp4"
    video = Output(duration=1.5, width=64, height=64, bytes=99)
    WorkerJobs(server.table).complete(claim, output=video, output_key=key, now=clock.forward(3))
    seen = server.http.get(f"/v1/renders/{job_id}").json()
    assert seen["state"] == "succeeded"
    assert key in seen["output"]["url"]
    assert "X-Amz-Signature=" in seen["output"]["url"]
    assert {name: seen["output"][name] for name in ("duration_s", "width", "bytes")} == {
        "duration_s": 1.5,
        "width": 64,
        "bytes": 99,
    }


def test_a_finished_render_has_a_link_to_its_poster_if_it_asked_for_one(server: Server, clock) -> None:
    body = {"composition": COMPOSITION, "output": {"format": "webm", "poster_at_s": 0.5}}
    job_id = server.http.post("/v1/renders", json=body).json()["id"]
    claim = claimed(server, job_id, clock())
    key = f"outputs/acme/{job_id}/1/video.webm"
    video = Output(duration=1.5, width=64, height=64, bytes=99)
    WorkerJobs(server.table).complete(claim, output=video, output_key=key, now=clock.forward(3))
    seen = server.http.get(f"/v1/renders/{job_id}").json()["output"]
    assert (seen["format"], key in seen["url"]) == ("webm", True)
    assert f"outputs/acme/{job_id}/1/poster.jpg?" in seen["poster"]["url"]
    assert seen["poster"]["url_expires_at"] == seen["url_expires_at"]


def test_a_customer_sees_how_the_webhook_was_received(server: Server, clock) -> None:
    job_id = submitted(server)
    log = DeliveryLog(server.table)
    job = CustomerJobs(server.table).get(job_id)
    assert job is not None
    assert server.http.get(f"/v1/renders/{job_id}/deliveries").json() == {"deliveries": []}
    for error in ("answered 500", None):
        message = WebhookMessage(job_id=job_id)
        standing = log.standing(message) or Standing(ended_with=job.attempt)
        entry = Entry(
            at=clock.forward(10), webhook_id=f"msg_{job_id}_1", delivered=error is None, error=error
        )
        log.record(job, message, standing, entry)
    first, second = server.http.get(f"/v1/renders/{job_id}/deliveries").json()["deliveries"]
    assert first == {
        "number": 1,
        "at": "2023-11-14T22:13:30Z",
        "delivered": False,
        "error": "answered 500",
        "webhook_id": f"msg_{job_id}_1",
        "endpoint": None,
        "redelivery": None,
    }
    assert (second["number"], second["delivered"], second["error"]) == (2, True, None)


def test_a_failed_render_says_why(server: Server, clock) -> None:
    job_id = submitted(server)
    failure = Failure(code=FailureCode.COMPOSITION_REFUSED, detail="no such font")
    WorkerJobs(server.table).fail(claimed(server, job_id, clock()), failure, attempt_limit=3, now=clock())
    seen = server.http.get(f"/v1/renders/{job_id}").json()
    assert (seen["state"], seen["failure"]) == (
        "failed",
        {"code": "composition_refused", "detail": "no such font"},
    )


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("said", "at", "after", "told"),
    [
        pytest.param("fleet_at_maximum", 1, 2, "fleet_at_maximum", id="said-since-the-job-came"),
        pytest.param("fleet_at_maximum", -1, 2, "starting", id="said-before-the-job-came"),
        pytest.param("a_word_of_tomorrow", 1, 2, "starting", id="unknown-word"),
        pytest.param("instance_booting", 1, 182, "scaler_silent", id="said-long-ago"),
        pytest.param("instance_booting", -900, 181, "scaler_silent", id="said-nothing-since-the-job-came"),
        pytest.param("instance_booting", 900, 1000, "instance_booting", id="said-again-and-again"),
    ],
)
def test_a_queued_render_says_why_it_waits(
    server: Server, clock, said: str, at: float, after: float, told: str
) -> None:
    job_id = submitted(server)
    key = keys.scaler("cpu")
    server.table.put(
        Put(
            item={
                "pk": key.pk,
                "sk": key.sk,
                "entity": "SCALER",
                "desired": 4,
                "reason": "4 of 4",
                "reason_code": said,
                "taken_at": clock() + at,
            }
        )
    )
    clock.forward(after)
    waiting = server.http.get(f"/v1/renders/{job_id}").json()["waiting"]
    assert waiting["code"] == told
    assert waiting["reason"]


def test_whoever_waits_for_instances_that_fail_to_boot_hears_what_they_said(server: Server, clock) -> None:
    job_id = submitted(server)
    key = keys.scaler("cpu")
    decided = {"desired": 1, "reason": "1 of 1", "reason_code": "launches_fail", "taken_at": clock() + 1}
    failed = {"boot_failure": "engine: no license"}
    server.table.put(Put(item={"pk": key.pk, "sk": key.sk, "entity": "SCALER", **decided, **failed}))
    waiting = server.http.get(f"/v1/renders/{job_id}").json()["waiting"]
    assert waiting["code"] == "launches_fail"
    assert waiting["reason"].endswith(" The last one said: engine: no license")


def test_a_tenant_with_too_many_waiting_is_told_when_to_come_again(server: Server) -> None:
    for _ in range(QUEUED_LIMIT):
        submitted(server, Idempotency_Key="first") if _ == 0 else submitted(server)
    answer = server.submit()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert answer.json()["type"] == "urn:clip-it:problem:too-many-queued"
    assert server.submit(Idempotency_Key="first").status_code == 202, "a repetition needs no room"
    assert submitted(server, Authorization=f"Bearer {server.other_key}")
    assert len(server.http.get("/v1/renders").json()["renders"]) == QUEUED_LIMIT


def test_forty_submissions_at_once_fill_the_queue_to_its_limit(server: Server) -> None:
    async def submit_all() -> list[int]:
        headers = {"Authorization": f"Bearer {server.key}"}
        transport = httpx.ASGITransport(server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            body = {"composition": COMPOSITION}
            answers = await asyncio.gather(*(http.post("/v1/renders", json=body) for _ in range(40)))
            return [answer.status_code for answer in answers]

    statuses = asyncio.run(submit_all())
    assert statuses.count(202) == QUEUED_LIMIT
    assert set(statuses) <= {202, 429, 503}
    assert len(server.http.get("/v1/renders").json()["renders"]) == QUEUED_LIMIT


@pytest.mark.short_form(3)
@pytest.mark.parametrize(
    "header",
    [None, "Bearer", "Bearer ck_wrong", "Basic abc", "Bearer ck_" + "A" * 43],
    ids=["none", "empty", "malformed", "other-scheme", "unknown"],
)
@pytest.mark.parametrize("path", ["/v1/renders", "/v1/templates", "/v1/renders?limit=0"])
def test_without_a_valid_key_nothing_is_told(server: Server, header: str | None, path: str) -> None:
    server.http.headers.pop("Authorization")
    answer = server.http.get(path, headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:clip-it:problem:unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="clip-it"'


def test_a_revoked_key_opens_nothing(server: Server, clock) -> None:
    assert ApiKeyAdmin(server.table).revoke(digest(server.key), now=clock())
    assert server.http.get("/v1/templates").status_code == 401
    assert server.as_other("GET", "/v1/templates").status_code == 200
    assert ApiKeyAdmin(server.table).revoke(digest(server.other_key), now=clock())
    server.seconds.append(KEY_SECONDS - 1)
    assert server.as_other("GET", "/v1/templates").status_code == 200
    server.seconds.append(KEY_SECONDS)
    assert server.as_other("GET", "/v1/templates").status_code == 401
    assert not ApiKeyAdmin(server.table).revoke("0" * 64, now=clock())


def test_no_key_lies_in_the_table(server: Server, dynamodb) -> None:
    everything = json.dumps(dynamodb.scan(TableName="clip-it-test")["Items"])
    assert server.key not in everything
    assert digest(server.key) in everything


def test_health_and_readiness_need_no_key(server: Server) -> None:
    server.http.headers.pop("Authorization")
    assert server.http.get("/healthz").json() == {"status": "ok"}
    assert server.http.get("/readyz").json() == {"status": "ok"}


@pytest.mark.parametrize("body", [b"", b'{"type": "render.succeeded"}', b"\xff"], ids=repr)
def test_whoever_tries_webhooks_has_a_receiver_that_says_yes_and_keeps_nothing(
    server: Server, body: bytes
) -> None:
    server.http.headers.pop("Authorization")
    answer = server.http.post("/webhook-sink", content=body)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_render_whose_message_cannot_be_sent_is_left_to_the_sweeper(server: Server, clock) -> None:
    server.sqs.delete_queue(QueueUrl=server.queue_url)
    job_id = submitted(server)
    unsent = OverdueJobs(server.table).unsent("cpu", queued_before=clock())
    assert [(job.id, job.dispatched_at) for job in unsent] == [(job_id, None)]


def test_readiness_names_what_does_not_answer(server: Server) -> None:
    server.sqs.delete_queue(QueueUrl=server.queue_url)
    answer = server.http.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "No answer from: queue of cpu.")
    assert server.http.get("/healthz").status_code == 200
