"""The life of an agent, from joining the fleet to leaving it, with a real table and real child processes."""

import json
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

import pytest

from handlers.jobs.answers import DrainAnswer
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import new_asset_id
from handlers.jobs.messages.render_queue import RenderMessage
from handlers.jobs.model import Job, WorkerState
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import EventKind, JobState
from handlers.jobs.store.compositions import composition_put, packed
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.keys import asset_object, output_folder
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.render_agent.attempt import Attempt
from handlers.render_agent.engine import cgroups
from handlers.render_agent.engine.descendants import EngineDescendants
from handlers.render_agent.orders import LeaveReason, Orders
from handlers.render_agent.service import Agent
from tests.handlers.conftest import Clock

if TYPE_CHECKING:
    from tests.handlers.render_agent.conftest import World

INSTANCE = "i-0123456789abcdef0"


class Beats:
    """A heartbeat that nobody hears until the worker has gone round so often."""

    def __init__(self, at_most: int) -> None:
        self._left = at_most

    def check(self) -> None:
        self._left -= 1
        assert self._left, "the worker goes round and round"


class Leaving:
    """A heartbeat that hears of the end of its process after a while."""

    def __init__(self, orders: Orders, *, after: int) -> None:
        self._orders, self._left = orders, after

    def check(self) -> None:
        self._left -= 1
        if not self._left:
            self._orders.leave(LeaveReason.SIGNAL)


def kinds(world: "World", job: Job) -> list[EventKind]:
    return [event.kind for event in CustomerJobs(world.table).events(job.id)]


def the_scaler_marks(table: Table) -> DrainAnswer:
    return FleetWorkers(table).mark_draining(INSTANCE)


def test_a_worker_is_registered_and_heard_before_its_launch_is_completed(world: "World") -> None:
    agent = world.agent()
    assert agent.join()
    worker = world.worker()
    assert worker is not None
    assert (worker.state, worker.fleet) == (WorkerState.IDLE, "cpu")
    assert (world.folder / "health").exists()
    assert world.group.told == ["launched"]
    assert world.events() == ["registered", "launch_completed"]


def test_an_instance_that_is_already_doomed_never_joins(world: "World") -> None:
    world.instance.terminating = True
    assert not world.agent().join()
    assert world.worker() is None
    assert world.group.told == ["may terminate"]


def test_a_job_is_rendered_stored_and_its_message_removed(world: "World") -> None:
    job = world.submit()
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    after = world.job(job)
    folder = output_folder("acme", job.id, 1)
    assert (after.state, after.output_key) == (JobState.SUCCEEDED, f"{folder}/video.mp4")
    assert after.output is not None
    assert (after.output.duration, after.output.width, after.output.bytes) == (2.5, 64, 5)
    assert set(world.files.outputs) == {f"{folder}/video.mp4", f"{folder}/engine.log"}
    assert len(world.inbox.removed) == 1
    assert kinds(world, job) == [EventKind.SUBMITTED, EventKind.CLAIMED, EventKind.SUCCEEDED]
    worker = world.worker()
    assert worker is not None
    assert worker.state is WorkerState.IDLE
    assert list((world.folder / "jobs").iterdir()) == []
    story = [
        "job_claimed",
        "inputs_fetched",
        "engine_started",
        "engine_ended",
        "video_stored",
        "attempt_ended",
    ]
    assert world.events()[-6:] == story
    about = {"job": job.id, "trace_id": job.trace_id, "attempt": 1, "fleet": "cpu"}
    for event in story:
        assert world.lines(event)[0].items() >= about.items()
    claimed = world.lines("job_claimed")[0]
    assert (claimed["message_id"], claimed["receives"], claimed["wait_s"]) == ("message", 1, 0)


def test_each_stage_of_a_render_is_measured_where_it_ends(world: "World") -> None:
    world.submit()
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    measured = {
        line["event"]: [one["Name"] for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
        for line in map(json.loads, world.stream.getvalue().splitlines())
        if "_aws" in line
    }
    assert measured == {
        "job_claimed": ["RenderWaitSeconds"],
        "inputs_fetched": ["FetchSeconds"],
        "engine_ended": ["EngineSeconds"],
        "video_stored": ["UploadSeconds"],
        "attempt_ended": ["RendersEnded"],
    }
    for line in map(json.loads, world.stream.getvalue().splitlines()):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            assert set(directive["Dimensions"][0]) <= line.keys()
    assert world.lines("attempt_ended")[0]["outcome"] == "succeeded"


def test_a_boot_is_measured_from_the_launch_and_only_when_the_hook_was_waiting(world: "World") -> None:
    world.launched_at = world.clock() - 90
    world.agent().join()
    assert world.lines("launch_completed")[0]["BootSeconds"] == 90
    assert world.lines("launch_completed")[0]["BootstrapSeconds"] == 90
    world.group.waits = False
    world.agent().join()
    assert "BootSeconds" not in world.lines("launch_completed")[1]


def test_a_second_attempt_counts_as_no_second_start_and_its_requeueing_as_no_end(world: "World") -> None:
    world.submit("crash")
    agent = world.agent(attempt_limit=2)
    agent.join()
    world.serve_all(agent)
    assert "RenderWaitSeconds" in world.lines("job_claimed")[0]
    assert "outcome" not in world.lines("attempt_ended")[0]


def test_every_asset_lies_beside_the_composition_under_its_id(world: "World") -> None:
    assets = tuple(sorted(new_asset_id(world.clock()) for _ in range(2)))
    for asset in assets:
        world.files.inputs[asset_object("acme", asset)] = b"bytes"
    job = world.submit("assets", assets=assets)
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    assert json.loads(world.files.outputs[f"{output_folder('acme', job.id, 1)}/video.mp4"]) == list(assets)


def test_the_engine_runs_without_the_agents_credentials(world: "World") -> None:
    job = world.submit("environment")
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    seen = json.loads(world.files.outputs[f"{output_folder('acme', job.id, 1)}/video.mp4"])
    assert not [name for name in seen if name.startswith("AWS_")]


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("behave", "code"),
    [
        ("refuse", FailureCode.COMPOSITION_REFUSED),
        ("asset_missing", FailureCode.ASSET_MISSING),
        ("asset_unreadable", FailureCode.ASSET_REFUSED),
    ],
)
def test_what_the_engine_refuses_fails_for_good_at_the_first_attempt(
    world: "World", behave: str, code: FailureCode
) -> None:
    job = world.submit(behave)
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    after = world.job(job)
    assert after.state is JobState.FAILED
    assert after.failure is not None
    assert after.failure.code is code
    assert world.dispatcher.sent == []
    assert len(world.inbox.removed) == 1


def test_an_asset_that_was_never_uploaded_fails_the_job_by_name(world: "World") -> None:
    asset = new_asset_id(world.clock())
    job = world.submit(assets=(asset,))
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    failure = world.job(job).failure
    assert failure is not None
    assert (failure.code, asset in failure.detail) == (FailureCode.ASSET_MISSING, True)


@pytest.mark.short_form(1)
@pytest.mark.parametrize("raw", [None, b"{", b'{"scenes": [{"image": {"asset": "../../etc/passwd"}}]}'])
def test_a_composition_that_cannot_be_used_is_refused(world: "World", raw: bytes | None) -> None:
    job = world.submit()
    if raw is None:
        del world.files.inputs[job.composition_key]
    else:
        world.files.inputs[job.composition_key] = raw
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    failure = world.job(job).failure
    assert failure is not None
    assert failure.code is FailureCode.COMPOSITION_REFUSED


def test_a_composition_in_the_table_is_rendered_without_the_bucket(world: "World") -> None:
    job = world.submit()
    content = packed(world.files.inputs.pop(job.composition_key))
    assert content is not None
    world.table.put(composition_put(job, content))
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    assert world.job(job).state is JobState.SUCCEEDED


def test_a_composition_in_the_table_that_cannot_be_read_is_refused(world: "World") -> None:
    job = world.submit()
    world.table.put(composition_put(job, b"no gzip"))
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    failure = world.job(job).failure
    assert failure is not None
    assert failure.code is FailureCode.COMPOSITION_REFUSED


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("behave", "code"),
    [
        ("transient", FailureCode.ENGINE_TRANSIENT),
        ("crash", FailureCode.ENGINE_CRASHED),
        ("killed", FailureCode.ENGINE_CRASHED),
        ("mute", FailureCode.ENGINE_CRASHED),
        ("no_output", FailureCode.OUTPUT_MISSING),
    ],
)
def test_what_may_pass_goes_back_to_the_queue_until_the_limit(
    world: "World", behave: str, code: FailureCode
) -> None:
    job = world.submit(behave)
    agent = world.agent(attempt_limit=2)
    agent.join()
    world.serve_all(agent)
    after = world.job(job)
    assert (after.state, after.attempt) == (JobState.QUEUED, 2)
    assert after.failure is not None
    assert after.failure.code is code
    assert world.dispatcher.sent == [RenderMessage(job_id=job.id, attempt=2)]
    assert after.dispatched_at is not None
    world.send(after)
    world.serve_all(agent)
    failed = world.job(job)
    assert failed.state is JobState.FAILED
    assert len(world.dispatcher.sent) == 1
    assert world.letters.left == [("dead letters", failed)]
    assert f"{output_folder('acme', job.id, 1)}/engine.log" in world.files.outputs


def test_a_dead_letter_that_cannot_be_left_does_not_hold_up_the_worker(world: "World") -> None:
    world.letters.away = True
    job = world.submit("crash")
    agent = world.agent(attempt_limit=1)
    agent.join()
    world.serve_all(agent)
    assert world.job(job).owes_dead_letter, "the sweeper finds it"
    (trouble,) = world.lines("aws_trouble")
    assert trouble["what"] == "leave a dead letter"
    assert len(world.inbox.removed) == 1


def test_a_hanging_engine_is_a_failure_of_its_own(world: "World") -> None:
    job = world.submit("hang")
    agent = world.agent(timeout=0.5)
    agent.join()
    world.serve_all(agent)
    failure = world.job(job).failure
    assert failure is not None
    assert failure.code is FailureCode.TIMED_OUT


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("behave", "words"),
    [
        ("render", ["started: ", "progress: 100 %, encoding", "result: ", "ended with code 0"]),
        ("refuse", ["error: composition_invalid: scenes[0] is odd", "ended with code 2"]),
        ("crash", ["Segmentation fault, sort of", "ended with code 77"]),
        ("killed", ["ended with code -9"]),
        ("mute", ["ended with code 0"]),
        ("hang", ["progress: 10 %, hanging", "has had its 0.5 s, and is stopped"]),
    ],
)
def test_the_log_of_an_engine_says_how_far_it_came_and_how_it_ended(
    world: "World", behave: str, words: list[str]
) -> None:
    job = world.submit(behave)
    agent = world.agent(timeout=0.5 if behave == "hang" else 20)
    agent.join()
    world.serve_all(agent)
    log = world.files.outputs[f"{output_folder('acme', job.id, 1)}/engine.log"].decode()
    assert [said for said in words if said not in log] == [], log


def test_an_engine_that_does_not_start_leaves_a_log_that_says_why(world: "World") -> None:
    job = world.submit()
    world.engine = ("/nowhere/engine",)
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    log = world.files.outputs[f"{output_folder('acme', job.id, 1)}/engine.log"].decode()
    assert "did not start: /nowhere/engine: No such file or directory" in log


def test_the_log_is_kept_also_when_the_agent_itself_fails_meanwhile(world: "World") -> None:
    job = world.submit("hang")
    agent = world.agent()
    agent.join()

    def fail() -> None:
        if (world.folder / "jobs" / "pid").exists():
            raise RuntimeError("the agent has a mistake")

    world.while_rendering = fail
    with pytest.raises(RuntimeError, match="the agent has a mistake"):
        world.serve_all(agent)
    log = world.files.outputs[f"{output_folder('acme', job.id, 1)}/engine.log"].decode()
    assert "progress: 10 %, hanging" in log


def test_a_silent_engine_is_stopped_and_its_job_tried_again(world: "World") -> None:
    job = world.submit("hang")
    agent = world.agent(stall=0.5)
    agent.join()
    world.serve_all(agent)
    after = world.job(job)
    assert after.failure is not None
    assert (after.failure.code, after.state) == (FailureCode.ENGINE_STALLED, JobState.QUEUED)


def test_a_worker_with_a_process_of_an_engine_that_cannot_be_ended_takes_no_other_job(
    world: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EngineDescendants, "end", lambda _: 2)
    done, waiting = world.submit(), world.submit()
    agent = world.agent()
    agent.join()
    agent.serve(world.beating)
    assert world.job(done).state is JobState.SUCCEEDED
    assert world.job(waiting).state is JobState.QUEUED
    assert world.group.told == ["launched", "unhealthy"]
    assert world.lines("engine_processes_left")[0]["processes"] == 2


def test_a_bucket_that_comes_back_costs_only_time(world: "World") -> None:
    world.files.troubles = 2
    job = world.submit()
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    assert world.job(job).state is JobState.SUCCEEDED
    assert len(world.lines("aws_trouble")) == 2


def test_a_bucket_that_stays_away_fails_the_attempt_and_not_the_agent(world: "World") -> None:
    world.files.troubles = 99
    job = world.submit()
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    after = world.job(job)
    assert after.state is JobState.QUEUED
    assert after.failure is not None
    assert after.failure.code is FailureCode.STORAGE_UNAVAILABLE


def test_a_cancelled_job_stops_its_engine_and_ends_cancelled(world: "World") -> None:
    job = world.submit("hang")
    agent = world.agent()
    agent.join()

    def customer_cancels() -> None:
        if (world.folder / "jobs" / "pid").exists() and not world.job(job).cancel_requested:
            CustomerJobs(world.table).request_cancel(job.id, actor="api:acme", now=world.clock())
            agent.heartbeat.beat()

    world.while_rendering = customer_cancels
    world.serve_all(agent)
    assert world.job(job).state is JobState.CANCELLED
    assert len(world.inbox.removed) == 1
    (key,) = world.files.outputs
    assert key == f"{output_folder('acme', job.id, 1)}/engine.log"
    assert "progress: 10 %, hanging" in world.files.outputs[key].decode()
    assert "is no longer wanted, and is stopped" in world.files.outputs[key].decode()


def test_a_lost_lease_stops_the_engine_and_changes_nothing_of_the_job(world: "World") -> None:
    job = world.submit("hang")
    agent = world.agent()
    agent.join()

    def lease_runs_out() -> None:
        if (world.folder / "jobs" / "pid").exists() and world.job(job).attempt == 1:
            late = world.clock() + 120
            expired = OverdueJobs(world.table).expire(
                world.job(job), attempt_limit=3, actor="sweeper", now=late
            )
            assert expired is not None
            agent.heartbeat.beat()

    world.while_rendering = lease_runs_out
    world.serve_all(agent)
    after = world.job(job)
    assert (after.state, after.attempt) == (JobState.QUEUED, 2)
    assert kinds(world, job)[-1] is EventKind.LEASE_LOST
    assert world.files.outputs.keys() == {f"{output_folder('acme', job.id, 1)}/engine.log"}
    assert "fenced_off" in world.events()
    worker = world.worker()
    assert worker is not None
    assert (worker.state, worker.job_id) == (WorkerState.IDLE, None)


def test_a_late_attempt_publishes_nothing(world: "World") -> None:
    job = world.submit()
    agent = world.agent()
    agent.join()

    def somebody_else_finishes(key: str) -> None:
        if key.endswith("video.mp4") and world.job(job).attempt == 1:
            OverdueJobs(world.table).expire(
                world.job(job), attempt_limit=3, actor="sweeper", now=world.clock() + 120
            )

    world.files.before_store = somebody_else_finishes
    world.serve_all(agent)
    after = world.job(job)
    assert (after.state, after.output_key) == (JobState.QUEUED, None)
    assert "fenced_off" in world.events()


def test_an_attempt_that_wakes_up_after_its_lease_stores_no_video(world: "World", clock: Clock) -> None:
    agent = world.agent()
    job, attempt = lost_while_asleep(world, agent, clock)
    agent.work(attempt)
    assert set(world.files.outputs) == {f"{output_folder('acme', job.id, 1)}/engine.log"}
    assert "fenced_off" in world.events()


def test_an_attempt_whose_render_was_deleted_meanwhile_stores_nothing(world: "World", clock: Clock) -> None:
    agent = world.agent()
    job, attempt = lost_while_asleep(world, agent, clock)
    customers = CustomerJobs(world.table)
    customers.request_cancel(job.id, actor="api:acme", now=clock())
    assert customers.delete(job.id, tenant="acme", actor="api:acme", now=clock()) is None
    agent.work(attempt)
    assert world.files.outputs == {}
    assert "fenced_off" in world.events()


def test_a_video_is_stored_while_nobody_can_say_whose_the_render_is(
    world: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    job, agent = world.submit(), world.agent()
    agent.join()
    for look in ("look", "tenant_of"):
        monkeypatch.setattr(agent.rendering.claims, look, away)
    world.serve_all(agent)
    assert world.job(job).state is JobState.SUCCEEDED
    assert f"{output_folder('acme', job.id, 1)}/engine.log" in world.files.outputs


@pytest.mark.parametrize("reason", [LeaveReason.SPOT, LeaveReason.SIGNAL])
def test_an_urgent_order_hands_the_job_back_without_counting_the_attempt(
    world: "World", reason: LeaveReason
) -> None:
    job = world.submit("hang")
    agent = world.agent(attempt_limit=1)
    agent.join()

    def order() -> None:
        if (world.folder / "jobs" / "pid").exists():
            world.orders.leave(reason)

    world.while_rendering = order
    agent.serve(world.beating)
    agent.await_termination(world.beating)
    agent.leave()
    after = world.job(job)
    assert (after.state, after.attempt, after.interruptions) == (JobState.QUEUED, 2, 1)
    assert kinds(world, job)[-1] is EventKind.INTERRUPTED
    assert world.dispatcher.sent == [RenderMessage(job_id=job.id, attempt=2)]
    assert world.events()[-1] == "agent_left"


def test_an_interrupted_worker_leaves_a_draining_record_and_a_stopped_one_none(world: "World") -> None:
    for reason, left in ((LeaveReason.SIGNAL, None), (LeaveReason.SPOT, WorkerState.DRAINING)):
        agent = world.agent()
        agent.join()
        world.orders.leave(reason)
        agent.leave()
        worker = world.worker()
        assert (worker.state if worker else None) is left, reason


def test_an_interrupted_worker_that_terminates_already_leaves_no_record(world: "World") -> None:
    agent = world.agent()
    agent.join()
    world.orders.leave(LeaveReason.SPOT)
    world.orders.leave(LeaveReason.TERMINATING)
    agent.leave()
    assert world.worker() is None


def test_a_terminating_instance_finishes_its_job_before_it_goes(world: "World") -> None:
    job, waiting = world.submit(), world.submit()
    agent = world.agent()
    agent.join()

    def the_group_wants_it(_key: str) -> None:
        world.instance.terminating = True
        agent.heartbeat.beat()

    world.files.before_store = the_group_wants_it
    agent.serve(world.beating)
    agent.leave()
    assert world.job(job).state is JobState.SUCCEEDED
    assert world.job(waiting).state is JobState.QUEUED
    assert world.group.told[0] == "launched"
    assert world.group.told[-1] == "may terminate"
    assert "still leaving" in world.group.told
    assert world.worker() is None
    assert not (world.folder / "health").exists()


def test_a_worker_marked_by_the_scaler_claims_nothing_and_waits_for_its_end(world: "World") -> None:
    agent = world.agent()
    agent.join()
    assert the_scaler_marks(world.table) is DrainAnswer.MARKED
    job = world.submit()
    delivery = world.inbox.waiting[0]
    assert agent.claiming.next() is None
    assert world.inbox.held == [(delivery, 0)], "the message goes back at once"
    agent.heartbeat.beat()
    agent.serve(world.beating)
    world.instance.terminating = True
    agent.await_termination(world.beating)
    agent.leave()
    assert world.job(job).state is JobState.QUEUED
    assert world.group.told == ["launched", "may terminate"]
    assert world.worker() is None


def test_a_worker_that_learns_of_its_mark_by_a_refused_claim_asks_for_nothing_more(world: "World") -> None:
    agent = world.agent()
    agent.join()
    the_scaler_marks(world.table)
    world.submit()
    agent.serve(Beats(at_most=20))
    assert world.inbox.received == 1, "each time that it comes back counts towards the dead-letter queue"
    assert world.orders.has(LeaveReason.MARKED)
    assert world.lines("draining")[0]["reason"] == "marked"


@pytest.mark.short_form(1)
@pytest.mark.parametrize("behave", ["link", "link_to_folder", "pipe"])
def test_what_is_no_plain_file_in_the_attempts_folder_is_no_video(world: "World", behave: str) -> None:
    job = world.submit(behave)
    agent = world.agent(attempt_limit=1)
    agent.join()
    world.serve_all(agent)
    after = world.job(job)
    assert after.failure is not None
    assert (after.state, after.failure.code) == (JobState.FAILED, FailureCode.OUTPUT_MISSING)
    assert not [key for key in world.files.outputs if key.endswith("video.mp4")]


@pytest.mark.parametrize("behave", ["log_pipe", "log_link"])
def test_an_engine_that_replaces_its_log_has_its_video_and_no_log(world: "World", behave: str) -> None:
    job = world.submit(behave)
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    assert world.job(job).state is JobState.SUCCEEDED
    assert set(world.files.outputs) == {f"{output_folder('acme', job.id, 1)}/video.mp4"}
    assert world.lines("engine_log_lost")


def test_a_full_disk_fails_the_attempt_and_not_the_agent(world: "World") -> None:
    job = world.submit()
    world.files.disk_is_full = True
    agent = world.agent(attempt_limit=1)
    agent.join()
    world.serve_all(agent)
    after = world.job(job)
    assert after.failure is not None
    assert (after.state, after.failure.code) == (JobState.FAILED, FailureCode.DISK_UNAVAILABLE)
    assert after.failure.detail == "the instance's disk: No space left on device"
    assert world.worker().state is WorkerState.IDLE


@pytest.mark.parametrize("full_for_good", [True, False])
def test_a_worker_asks_to_be_replaced_when_its_disk_stays_full_and_not_for_jobs_too_large(
    world: "World", monkeypatch: pytest.MonkeyPatch, full_for_good: bool
) -> None:
    for _ in range(3):
        world.submit()
    world.files.disk_is_full = True
    agent = world.agent(attempt_limit=1)
    agent.join()
    monkeypatch.setattr(agent.workspace, "has_room", lambda: not full_for_good)
    world.serve_all(agent)
    assert ("unhealthy" in world.group.told) is full_for_good


def test_a_disk_without_room_is_told(world: "World") -> None:
    agent = world.agent()
    assert not agent.workspace.has_room(), "there is no folder yet"
    agent.join()
    assert agent.workspace.has_room()


def test_a_marked_worker_that_is_only_restarted_keeps_its_mark(world: "World") -> None:
    agent = world.agent()
    agent.join()
    the_scaler_marks(world.table)
    agent.heartbeat.beat()
    world.orders.leave(LeaveReason.SIGNAL)
    agent.await_termination(world.beating)
    agent.leave()
    worker = world.worker()
    assert worker is not None
    assert worker.state is WorkerState.DRAINING


@pytest.mark.parametrize("troubles", [1, 4])
def test_trouble_with_the_queue_is_logged_and_waited_out(world: "World", troubles: int) -> None:
    world.inbox.troubles = troubles
    world.inbox.when_empty = lambda: world.orders.leave(LeaveReason.SIGNAL) and None
    job = world.submit()
    agent = world.agent()
    agent.join()
    agent.serve(world.beating)
    assert world.job(job).state is JobState.SUCCEEDED
    assert [line["tries"] for line in world.lines("aws_trouble")] == list(range(1, troubles + 1))


def test_a_message_that_is_already_rendered_is_removed(world: "World") -> None:
    job = world.submit()
    world.send(job)
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    assert len(world.inbox.removed) == 2
    assert world.lines("claim_refused")[0]["reason"] == "not_waiting"
    assert len(kinds(world, job)) == 3


def test_a_message_that_says_nothing_is_left_for_the_dead_letter_queue(world: "World") -> None:
    world.inbox.put("not json")
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    assert (world.inbox.removed, world.inbox.held) == ([], [])
    assert "message_unreadable" in world.events()


def test_a_job_of_a_tenant_that_has_its_share_is_put_off_and_costs_no_delivery(world: "World") -> None:
    elsewhere = [world.submit(), world.submit()]
    agent = world.agent()
    agent.join()
    for number, job in enumerate(elsewhere):
        WorkerHeartbeats(world.table).register(f"i-{number}", fleet=agent.fleet, now=world.clock())
        claim = Claim(job_id=job.id, attempt=1, instance_id=f"i-{number}")
        WorkerJobs(world.table).claim(claim, now=world.clock(), lease_seconds=60)
        world.inbox.waiting.pop(0)
    job = world.submit()
    assert agent.claiming.next() is None
    assert world.lines("claim_refused")[0]["reason"] == "tenant_at_share"
    assert world.dispatcher.sent == [RenderMessage(job_id=job.id, attempt=1)]
    assert world.dispatcher.delays == [20]
    assert (len(world.inbox.removed), world.inbox.held) == (1, [])


def test_a_leftover_claim_of_this_worker_is_cleared_when_it_stands_in_the_way(world: "World") -> None:
    stuck, job = world.submit(), world.submit()
    agent = world.agent()
    agent.join()
    claim = Claim(job_id=stuck.id, attempt=1, instance_id=INSTANCE)
    WorkerJobs(world.table).claim(claim, now=world.clock(), lease_seconds=60)
    world.inbox.waiting.pop(0)
    assert agent.claiming.next() is None
    assert world.lines("claim_refused")[0]["reason"] == "worker_busy"
    world.send(job)
    world.serve_all(agent)
    assert world.job(job).state is JobState.SUCCEEDED


def away(*_: object, **__: object) -> None:
    raise TryAgainLater("no table")


def unheard(call: Callable[..., object]) -> Callable[..., None]:
    """A call that takes effect, and whose answers are lost."""

    def called(*args: object, **named: object) -> None:
        call(*args, **named)
        raise TryAgainLater("no answer")

    return called


def lost_while_asleep(world: "World", agent: Agent, clock: Clock) -> tuple[Job, Attempt]:
    """A job that an agent has claimed before its machine stood still, and that was taken back since."""
    job = world.submit()
    agent.join()
    attempt = agent.claiming.next()
    assert attempt is not None
    clock.forward(120)
    taken_back(world, job)
    return job, attempt


def taken_back(world: "World", job: Job) -> None:
    """The sweeper takes the job from its silent worker."""
    assert OverdueJobs(world.table).expire(
        world.job(job), attempt_limit=3, actor="sweeper", now=world.clock()
    )


@pytest.mark.parametrize("lost", ["claim", "end", "release of a job that was taken back"])
def test_a_worker_that_is_busy_only_by_its_record_is_idle_after_a_heartbeat(
    world: "World", monkeypatch: pytest.MonkeyPatch, clock: Clock, lost: str
) -> None:
    job, agent = world.submit(), world.agent()
    agent.join()
    with monkeypatch.context() as trouble:
        if lost == "claim":
            trouble.setattr(agent.claiming.claims, "claim", unheard(agent.claiming.claims.claim))
            with pytest.raises(TryAgainLater):
                agent.claiming.next()
        else:
            attempt = agent.claiming.next()
            assert attempt is not None
            if lost == "end":
                trouble.setattr(agent.completion.claims, "complete", away)
            else:
                clock.forward(120)
                taken_back(world, job)
                trouble.setattr(agent.record, "free", away)
            agent.work(attempt)
    clock.forward(120)
    if lost != "release of a job that was taken back":
        taken_back(world, job)
    assert the_scaler_marks(world.table) is DrainAnswer.BUSY
    agent.heartbeat.beat()
    world.inbox.waiting.clear()
    world.inbox.when_empty = lambda: agent.orders.leave(LeaveReason.SIGNAL) and None
    agent.serve(world.beating)
    worker = world.worker()
    assert worker is not None
    assert (worker.state, worker.job_id) == (WorkerState.IDLE, None)
    assert the_scaler_marks(world.table) is DrainAnswer.MARKED
    assert world.lines("leftover_freed")[0]["job"] == job.id


def test_a_draining_worker_that_is_restarted_gives_up_the_attempt_that_its_record_names(
    world: "World",
) -> None:
    world.submit()
    killed = world.agent()
    killed.join()
    assert killed.claiming.next() is not None
    assert killed.record.start_draining(INSTANCE)
    restarted = world.agent()
    assert restarted.join()
    assert the_scaler_marks(world.table) is DrainAnswer.BUSY
    restarted.serve(world.beating)
    restarted.await_termination(Leaving(restarted.orders, after=2))
    assert the_scaler_marks(world.table) is DrainAnswer.ALREADY_DRAINING


def test_a_worker_keeps_what_it_renders_however_often_it_is_heard(world: "World") -> None:
    job, agent = world.submit("hang"), world.agent()
    agent.join()
    attempt = agent.claiming.next()
    assert attempt is not None
    agent.heartbeat.hold(attempt)
    agent.heartbeat.beat()
    assert agent.heartbeat.leftover is None
    worker = world.worker()
    assert worker is not None
    assert (worker.state, worker.job_id) == (WorkerState.BUSY, job.id)


def test_a_composition_that_takes_all_memory_twice_is_refused_and_blames_no_machine(
    world: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = count()
    monkeypatch.setattr(cgroups, "ended_for_memory", lambda: next(ended))
    job = world.submit("crash")
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    assert world.job(job).state is JobState.QUEUED
    world.send(world.job(job))
    world.serve_all(agent)
    after = world.job(job)
    assert (after.state, after.attempt) == (JobState.FAILED, 2)
    assert after.failure
    assert after.failure.code is FailureCode.COMPOSITION_REFUSED
    assert (world.letters.left, agent._crashed) == ([], set())


def test_a_worker_whose_engine_crashes_on_three_jobs_asks_to_be_replaced(world: "World") -> None:
    for _ in range(4):
        world.submit("crash")
    agent = world.agent()
    agent.join()
    agent.serve(world.beating)
    assert world.group.told == ["launched", "unhealthy"]
    assert len(world.inbox.waiting) == 1, "the fourth job must stay for a healthy worker"
    worker = world.worker()
    assert worker is not None
    assert worker.state is WorkerState.DRAINING


def test_one_bad_job_does_not_condemn_its_worker(world: "World") -> None:
    job = world.submit("crash")
    agent = world.agent(attempt_limit=5)
    agent.join()
    for _ in range(4):
        world.serve_all(agent)
        world.send(world.job(job))
    assert "unhealthy" not in world.group.told


def test_a_heartbeat_that_has_ended_ends_the_agent(world: "World") -> None:
    class Broken:
        def check(self) -> None:
            raise RuntimeError("the heartbeat thread died")

    agent = world.agent()
    agent.join()
    with pytest.raises(RuntimeError):
        agent.serve(Broken())


def test_a_table_that_stays_away_at_the_end_leaves_the_job_to_the_sweeper(
    world: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    job = world.submit()
    agent = world.agent()
    agent.join()

    def away(*_: object, **__: object) -> None:
        raise TryAgainLater("no table")

    monkeypatch.setattr(agent.completion.claims, "complete", away)
    world.serve_all(agent)
    assert world.job(job).state is JobState.RENDERING
    assert world.inbox.removed == []
    assert "completion_failed" in world.events()
