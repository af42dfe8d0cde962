"""What a look at one render shows beside its state: usage, what remains, waits of its fleet, and parts."""

import pytest

from handlers.job_server.edge.spending import COST_OF_PARTS
from handlers.jobs.model import Failure, Job, Output
from handlers.jobs.reasons import FailureCode
from handlers.jobs.store import keys
from handlers.jobs.store.table import PRESENT, Put
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import Clock
from tests.handlers.job_server.conftest import INPUTS, Server
from tests.handlers.job_server.fakes import COMPOSITION

BOTH = {"include": "composition,events"}


def claimed(server: Server, job_id: str, attempt: int, clock: Clock) -> Claim:
    WorkerHeartbeats(server.table).register("i-1", fleet="cpu", now=clock())
    claim = Claim(job_id=job_id, attempt=attempt, instance_id="i-1")
    assert isinstance(WorkerJobs(server.table).claim(claim, now=clock(), lease_seconds=60), Job)
    return claim


def test_a_render_says_what_it_has_used_and_what_its_attempt_still_needs(
    server: Server, clock: Clock
) -> None:
    render = server.submit().json()["id"]

    def seen():
        return server.http.get(f"/v1/renders/{render}").json()

    assert seen()["usage"] == {"attempts": 0, "machine_s": 0, "video_s": 0}
    claim = claimed(server, render, 1, clock)
    clock.forward(7)
    crash = Failure(code=FailureCode.ENGINE_CRASHED, detail="code 1")
    WorkerJobs(server.table).fail(claim, crash, attempt_limit=3, now=clock())
    clock.forward(100)
    claim = claimed(server, render, 2, clock)
    clock.forward(10)
    WorkerJobs(server.table).report(claim, percent=40, stage="encoding", expires_at=int(clock()) + 99)
    running = seen()
    assert running["usage"] == {"attempts": 2, "machine_s": 17, "video_s": 0}
    assert running["progress"] == {
        "percent": 40,
        "stage": "encoding",
        "remaining_s": 15,
        "remaining_basis": {"percent": 40, "elapsed_s": 10},
    }
    clock.forward(14)
    output = Output(duration=2.5, width=64, height=64, bytes=9)
    video = keys.video_object("acme", render, 2)
    WorkerJobs(server.table).complete(claim, output=output, output_key=video, now=clock())
    clock.forward(999)
    assert seen()["usage"] == {"attempts": 2, "machine_s": 31, "video_s": 2.5}
    (listed,) = server.http.get("/v1/renders").json()["renders"]
    assert listed["usage"] is None


def test_a_render_that_waits_says_how_long_others_have_waited(server: Server) -> None:
    key = keys.scaler("cpu")
    decision = {"desired": 1, "reason_code": "starting", "reason": "launches one", "taken_at": 0}
    waits = {"wait_p50": 4.5, "wait_p90": 30, "waits_counted": 50}
    server.table.put(Put(item={"pk": key.pk, "sk": key.sk, **decision, **waits}))
    path = server.submit().headers["Location"]
    assert server.http.get(path).json()["waiting"]["fleet_waits"] == {
        "p50_s": 4.5,
        "p90_s": 30,
        "renders": 50,
    }
    server.table.put(Put(item={"pk": key.pk, "sk": key.sk, **decision}, condition=PRESENT))
    server.seconds.append(60)
    assert server.http.get(path).json()["waiting"]["fleet_waits"] is None


@pytest.mark.usefixtures("all_large")
def test_a_large_composition_comes_from_the_bucket_until_it_is_gone(
    server: Server, reads: list[tuple[str, int]]
) -> None:
    path = server.submit().headers["Location"]
    reads.clear()
    server.http.get(path)
    plain = len(reads)
    assert server.http.get(path, params=BOTH).json()["composition"] == COMPOSITION
    assert len(reads) == 2 * plain, "nobody asks the table for it"
    server.s3.delete_object(Bucket=INPUTS, Key=f"compositions/acme/{path.rpartition('/')[2]}.json")
    gone = server.http.get(path, params=BOTH)
    assert (gone.status_code, gone.json()["composition"]) == (200, None)


def test_parts_are_shown_to_whoever_asks_and_to_nobody_else(server: Server) -> None:
    path = server.submit().headers["Location"]
    plain = server.http.get(path).json()
    assert (plain["composition"], plain["events"]) == (None, None)
    whole = server.http.get(path, params=BOTH)
    assert whole.headers["Content-Type"] == "application/json"
    assert {**whole.json(), "composition": None, "events": None} == plain
    assert whole.json()["events"] == server.http.get(f"{path}/events").json()["events"]
    assert server.as_other("GET", f"{path}?include=composition").status_code == 404


@pytest.mark.short_form(1)
@pytest.mark.parametrize("include", ["", "all", "events,", "events,composition,events", "Events"])
def test_other_parts_are_refused_by_name(server: Server, include: str) -> None:
    answer = server.http.get(server.submit().headers["Location"], params={"include": include})
    assert answer.status_code == 422
    assert [one["parameter"] for one in answer.json()["errors"]] == ["include"]


def test_a_composition_that_cannot_be_read_is_left_out(server: Server) -> None:
    path = server.submit().headers["Location"]
    key = keys.composition(path.rpartition("/")[2])
    server.table.put(Put(item={"pk": key.pk, "sk": key.sk, "content": b"no gzip"}, condition=PRESENT))
    answer = server.http.get(path, params=BOTH)
    assert (answer.status_code, answer.json()["composition"]) == (200, None)


def test_parts_count_as_more_reads(server: Server) -> None:
    def left(parameters: dict[str, str]) -> int:
        answer = server.http.get(path, params=parameters)
        return int(answer.headers["RateLimit"].split(";")[1].removeprefix("r="))

    path = server.submit().headers["Location"]
    # Some come back between two requests.
    assert left({}) - left(BOTH) > COST_OF_PARTS / 2
