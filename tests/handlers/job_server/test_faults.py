"""What a customer is told when something behind the server fails, and what the log says of a request."""

import asyncio
import json
from collections.abc import Callable, Mapping
from threading import Event

import pytest
import structlog
from botocore.exceptions import NoCredentialsError

from handlers.job_server.readiness import Reachable
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import new_asset_id
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.tracing import trace_id_of
from tests.handlers.job_server.fakes import COMPOSITION, FakeKeys, World
from tests.handlers.job_server.test_bad_requests import assert_problem


@pytest.mark.parametrize(
    "error", [TryAgainLater("send"), RuntimeError("queue gone")], ids=["passing", "lasting"]
)
def test_a_job_that_is_written_is_accepted_although_its_message_could_not_be_sent(
    world: World, error: Exception
) -> None:
    world.queue.error = error
    answer = world.submit()
    assert answer.status_code == 202
    assert world.jobs.jobs[answer.json()["id"]].state is JobState.QUEUED


def test_of_two_submissions_under_one_key_the_second_is_answered_like_the_first(world: World) -> None:
    first = world.submit(**{"Idempotency-Key": "k"})
    second = world.submit(**{"Idempotency-Key": "k"})
    assert (second.status_code, second.json()) == (202, first.json())
    other = world.submit({"template": "title-card", "fields": {"title": "x"}}, **{"Idempotency-Key": "k"})
    assert_problem(other, 409, "idempotency-key-reused")
    assert (len(world.jobs.jobs), len(world.queue.sent)) == (1, 1)


def test_a_repetition_gets_the_trace_of_the_render_and_leaves_its_link_alone(world: World) -> None:
    contexts = [f"00-{digit * 32}-b7ad6b7169203331-01" for digit in "ab"]
    first = world.submit(**{"Idempotency-Key": "k", "traceparent": contexts[0]})
    second = world.submit(**{"Idempotency-Key": "k", "traceparent": contexts[1]})
    assert second.json() == first.json()
    assert [job.caller_traceparent for job in world.jobs.jobs.values()] == contexts[:1]


def test_a_repetition_is_answered_although_the_queue_is_full_now(world: World) -> None:
    first = world.submit(**{"Idempotency-Key": "k"})
    for _ in range(4):
        world.submit()
    assert_problem(world.submit(), 429, "too-many-queued")
    assert world.submit(**{"Idempotency-Key": "k"}).json() == first.json()


def test_a_repetition_is_answered_although_its_asset_is_gone(world: World) -> None:
    asset = new_asset_id(world.clock())
    scene = {"duration_s": 1, "image": {"asset": asset}}
    body = {"composition": COMPOSITION | {"scenes": [scene]}}
    world.objects.stored[keys.asset_object("acme", asset)] = b"png"
    first = world.submit(body, **{"Idempotency-Key": "k"})
    assert first.status_code == 202
    world.objects.stored.clear()
    assert world.submit(body).status_code == 422
    assert world.submit(body, **{"Idempotency-Key": "k"}).json() == first.json()


@pytest.mark.usefixtures("all_large")
@pytest.mark.parametrize("port", ["jobs", "objects", "keys"])
def test_a_throttled_dependency_asks_to_come_again(world: World, port: str) -> None:
    getattr(world, port).error = TryAgainLater("read: ThrottlingException")
    answer = world.submit()
    body = assert_problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "Throttling" not in json.dumps(body)
    assert not world.jobs.jobs
    assert not world.queue.sent


def test_the_log_says_which_dependency_is_behind_an_answer_of_503(world: World) -> None:
    world.jobs.error = TryAgainLater("read an item: ThrottlingException")
    world.dependencies.silent = ["table"]
    with structlog.testing.capture_logs() as lines:
        world.http.get("/v1/renders")
        world.http.get("/readyz")
    told = [(one["event"], one.get("error") or one.get("dependencies")) for one in lines]
    assert ("dependency_failed", "read an item: ThrottlingException") in told
    assert ("dependencies_silent", ["table"]) in told


def test_a_fault_is_told_without_its_insides(world: World) -> None:
    world.jobs.error = RuntimeError("password=hunter2")
    answer = world.http.get("/v1/renders")
    body = assert_problem(answer, 500, "internal")
    assert "hunter2" not in json.dumps(body)


def test_readiness_fails_while_the_process_is_well(world: World) -> None:
    world.dependencies.silent = ["table", "buckets"]
    assert assert_problem(world.http.get("/readyz"), 503, "unavailable")["detail"] == (
        "No answer from: table, buckets."
    )
    assert world.http.get("/healthz").status_code == 200


def test_readiness_is_told_in_time_although_a_dependency_hangs_and_is_asked_once_a_second() -> None:
    ended, asked, time = Event(), [], [0.0]

    def hang() -> None:
        asked.append("table")
        ended.wait(10)

    def fail() -> None:
        raise NoCredentialsError

    probes = {"table": hang, "buckets": lambda: None, "queue of cpu": fail}
    reachable = Reachable(probes, answer_seconds=0.05, clock=lambda: time[0])
    try:
        assert reachable.unreachable() == ["table", "queue of cpu"]
        assert reachable.unreachable() == ["table", "queue of cpu"]
        assert asked == ["table"]
    finally:
        ended.set()
    time[0] = 1.0
    assert reachable.unreachable() == ["queue of cpu"]


def test_a_dependency_that_hangs_is_asked_once_and_takes_no_other_s_thread() -> None:
    ended, asked, time = Event(), [], [0.0]

    def hang() -> None:
        asked.append("buckets")
        ended.wait(10)

    reachable = Reachable(
        {"buckets": hang, "table": lambda: None}, answer_seconds=0.02, clock=lambda: time[0]
    )
    try:
        for _ in range(5):
            time[0] += 1
            assert reachable.unreachable() == ["buckets"]
        assert asked == ["buckets"]
    finally:
        ended.set()


CONTEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_two_renders_of_one_caller_have_two_traces_and_a_link_to_the_callers(world: World) -> None:
    answers = [world.submit(traceparent=CONTEXT) for _ in range(2)]
    jobs = [world.jobs.jobs[answer.json()["id"]] for answer in answers]
    assert [answer.json()["trace_id"] for answer in answers] == [trace_id_of(job.id) for job in jobs]
    assert len({job.trace_id for job in jobs}) == 2
    assert {job.caller_traceparent for job in jobs} == {CONTEXT}
    assert {answer.headers["traceparent"] for answer in answers} == {CONTEXT}
    shown = world.http.get(f"/v1/renders/{jobs[0].id}")
    assert (shown.json()["trace_id"], shown.json()["caller_traceparent"]) == (jobs[0].trace_id, CONTEXT)
    events = world.http.get(f"/v1/renders/{jobs[0].id}/events").json()["events"]
    assert {event["trace_id"] for event in events} == {jobs[0].trace_id}


@pytest.mark.parametrize(
    "given",
    ["junk", f"00-{'0' * 32}-b7ad6b7169203331-01", f"ff-{'a' * 32}-b7ad6b7169203331-01"],
    ids=["junk", "zeros", "version-ff"],
)
def test_an_invalid_trace_context_is_neither_kept_nor_echoed(world: World, given: str) -> None:
    answer = world.submit(traceparent=given)
    assert world.jobs.jobs[answer.json()["id"]].caller_traceparent is None
    assert "traceparent" not in answer.headers


def requests_of(world: World, *calls: Callable[[], object]) -> list[Mapping[str, object]]:
    """The line of each request."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        for call in calls:
            call()
    return [line for line in lines if line["event"] == "request"]


def test_the_line_of_a_request_names_the_render_that_it_is_about(world: World) -> None:
    job_id = world.submit(**{"Idempotency-Key": "k"}).json()["id"]
    about = {"job": job_id, "trace_id": trace_id_of(job_id)}
    whole = {**about, "attempt": 1, "fleet": "cpu"}
    here = f"/v1/renders/{job_id}"
    new, again, seen, events, cancelled, none = requests_of(
        world,
        world.submit,
        lambda: world.submit(**{"Idempotency-Key": "k"}),
        lambda: world.http.get(here),
        lambda: world.http.get(f"{here}/events"),
        lambda: world.http.post(f"{here}/cancel"),
        lambda: world.http.get("/v1/renders/r_1"),
    )
    assert (new["replayed"], new["message_id"]) == (False, "message-2")
    assert again.items() >= {**about, "replayed": True, "message_id": None}.items()
    assert seen.items() >= whole.items()
    assert events.items() >= about.items()
    assert cancelled.items() >= whole.items()
    assert "job" not in none


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ({"traceparent": CONTEXT}, CONTEXT.split("-")[1]),
        (
            {"x-amzn-trace-id": "Self=1-2-3;Root=1-67891233-abcdef012345678912345678"},
            "67891233abcdef012345678912345678",
        ),
        ({}, None),
    ],
    ids=["w3c", "load-balancer", "none"],
)
def test_the_line_of_a_request_has_the_trace_of_its_caller(
    world: World, headers: dict[str, str], trace: str | None
) -> None:
    (line,) = requests_of(world, lambda: world.submit(**headers))
    assert line["caller_trace_id"] == trace


def test_a_failing_dependency_is_logged_with_the_render_that_was_asked_for(world: World) -> None:
    job_id = world.submit().json()["id"]
    world.jobs.error = TryAgainLater("read an item: ThrottlingException")
    with structlog.testing.capture_logs() as lines:
        world.http.get(f"/v1/renders/{job_id}")
    (line,) = (line for line in lines if line["event"] == "dependency_failed")
    assert (line["job"], line["trace_id"]) == (job_id, trace_id_of(job_id))


@pytest.mark.parametrize(("given", "kept"), [("abc-123", True), ("a b", False), ("x" * 65, False)])
def test_a_request_keeps_its_name_when_it_has_a_fit_one(world: World, given: str, kept: bool) -> None:
    answer = world.http.get("/healthz", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is kept


def test_every_request_is_one_log_line_without_secrets(world: World) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = world.submit(
            {"composition": COMPOSITION, "webhook_url": "https://x.example.com/?token=hunter2"}
        )
        world.http.get("/v1/renders?cursor=secret-cursor", headers={"Authorization": "Bearer ck_wrong"})
        world.http.get("/healthz")
    first, second = (line for line in lines if line["event"] == "request")
    assert (first["method"], first["route"], first["status"]) == ("POST", "/v1/renders", 202)
    assert (first["tenant"], first["request_id"]) == ("acme", answer.headers["X-Request-Id"])
    assert (second["status"], second["tenant"]) == (401, None)
    told = json.dumps(lines)
    for secret in (FakeKeys.KEY, "ck_wrong", "hunter2", "secret-cursor"):
        assert secret not in told


def test_a_caller_who_hangs_up_is_no_fault_of_the_server(world: World) -> None:
    key = f"Bearer {FakeKeys.KEY}".encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/renders",
        "query_string": b"",
        "headers": [(b"authorization", key), (b"content-type", b"application/json")],
    }
    sent = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    with structlog.testing.capture_logs() as lines:
        asyncio.run(world.http.app(scope, receive, send))
    assert [(line["event"], line.get("status")) for line in lines] == [("request", 499)]
    assert sent == []


def test_the_log_is_json_a_line_also_for_a_fault_and_holds_no_local_variables(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.jobs.error = RuntimeError("the table fell over")
    world.http.get("/v1/renders")
    fault, request = map(json.loads, capsys.readouterr().out.splitlines())
    assert (fault["event"], fault["level"]) == ("fault", "error")
    assert "the table fell over" in json.dumps(fault["exception"])
    assert "locals" not in json.dumps(fault["exception"])
    assert (request["event"], request["status"], request["request_id"]) == (
        "request",
        500,
        fault["request_id"],
    )
