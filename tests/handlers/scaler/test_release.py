"""A terminating instance whose agent fell silent is let go, and never one that may still finish a render."""

import pytest
from botocore.stub import Stubber

from handlers.jobs.answers import ClaimRefusal
from handlers.jobs.model import Job, Worker, WorkerState
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.scaler.aws import AwsFleet, FleetResources
from handlers.scaler.decision import decide
from handlers.scaler.decision.history import History
from handlers.scaler.decision.snapshot import Instance, Stage
from handlers.scaler.observing import Before, Member, observe
from handlers.scaler.service import scale

NOW = 1_700_000_000.0
LEASE = 60.0
RELEASED = {
    "LifecycleHookName": "drain",
    "AutoScalingGroupName": "render-cpu",
    "InstanceId": "i-1",
    "LifecycleActionResult": "CONTINUE",
}


def leaving(*, silent_s: float, held: bool = True) -> Instance:
    return Instance(id="i-1", stage=Stage.LEAVING, launched_at=0.0, since=0.0, silent_s=silent_s, held=held)


@pytest.fixture
def stub(stubbed_group) -> Stubber:
    return stubbed_group[1]


@pytest.fixture
def fleet(stubbed_group, table, sqs, queue_url) -> AwsFleet:
    resources = FleetResources(
        fleet="cpu", group="render-cpu", launch_hook="bootstrap", terminate_hook="drain", queue_url=queue_url
    )
    return AwsFleet(resources, table, stubbed_group[0], sqs)


@pytest.fixture
def rendering(table, new_job) -> Claim:
    """A job in the hands of i-1, which was last heard of at `NOW`."""
    WorkerHeartbeats(table).register("i-1", fleet="cpu", now=NOW)
    claim = Claim(job_id=new_job().id, attempt=1, instance_id="i-1")
    assert isinstance(WorkerJobs(table).claim(claim, now=NOW, lease_seconds=LEASE), Job)
    return claim


def release(fleet: AwsFleet, *, at: float) -> bool:
    return fleet.release("i-1", heard_after=at - 30)


def test_an_instance_that_its_termination_hook_holds_back_is_seen_with_its_silence() -> None:
    worker = Worker(
        instance_id="i-1", fleet="cpu", state=WorkerState.BUSY, heartbeat_at=NOW - 40, registered_at=NOW - 900
    )
    members = [
        Member(id=name, lifecycle=state, healthy=False)
        for name, state in (("i-1", "Terminating:Wait"), ("i-2", "Terminating"), ("i-3", "Terminating:Wait"))
    ]
    seen, _ = observe(members, {"i-1": worker}, History(), NOW, Before())
    assert [(one.stage, one.held, one.silent_s) for one in seen] == [
        (Stage.LEAVING, True, 40.0),
        (Stage.LEAVING, False, 0.0),
        (Stage.LEAVING, True, 0.0),
    ]


@pytest.mark.parametrize(
    ("instance", "blind", "released"),
    [
        (leaving(silent_s=31), None, ("i-1",)),
        (leaving(silent_s=30), None, ()),
        (leaving(silent_s=31, held=False), None, ()),
        (leaving(silent_s=31), "the workers' records are unreachable", ()),
    ],
    ids=["silent", "heard", "not held", "unseen"],
)
def test_only_who_is_held_back_and_silent_is_let_go(
    look, limits, instance: Instance, blind: str | None, released: tuple[str, ...]
) -> None:
    decision = decide(look(instances=(instance,), blind=blind), limits())
    assert decision.release == released
    assert decision.replace == decision.drain == ()


def test_a_pass_gives_the_order(look, limits, fake_fleet, fake_ledger, fake_news) -> None:
    fleet = fake_fleet(look(instances=(leaving(silent_s=31),)))
    scale(fleet, fake_ledger(), fake_news(), limits(), fleet.snapshot.taken_at)
    assert ("release", "i-1", 30.0) in fleet.orders


def test_a_silent_worker_without_a_job_is_let_go_and_can_never_claim(fleet, stub, table, new_job) -> None:
    WorkerHeartbeats(table).register("i-1", fleet="cpu", now=NOW)
    stub.add_response("complete_lifecycle_action", {}, RELEASED)
    assert release(fleet, at=NOW + 31)
    stub.assert_no_pending_responses()
    claim = Claim(job_id=new_job().id, attempt=1, instance_id="i-1")
    refused = WorkerJobs(table).claim(claim, now=NOW + 32, lease_seconds=LEASE)
    assert refused is ClaimRefusal.WORKER_DRAINING


def test_a_worker_that_was_heard_of_is_left_alone(fleet, table) -> None:
    WorkerHeartbeats(table).register("i-1", fleet="cpu", now=NOW)
    assert not release(fleet, at=NOW + 29)


def test_a_worker_without_a_record_is_left_alone(fleet) -> None:
    assert not release(fleet, at=NOW)


@pytest.mark.parametrize(
    "after_s", [31.0, LEASE + 1, 3_000.0], ids=["lease held", "lease over", "much later"]
)
def test_a_silent_worker_is_left_alone_for_as_long_as_the_job_is_its_own(
    fleet, rendering: Claim, after_s: float
) -> None:
    assert not release(fleet, at=NOW + after_s)


@pytest.mark.parametrize("attempt_limit", [3, 1], ids=["queued again", "failed"])
def test_a_silent_worker_that_has_lost_its_job_is_let_go(
    fleet, stub, table, rendering: Claim, new_job, attempt_limit: int
) -> None:
    keeping = OverdueJobs(table)
    (job,) = keeping.expired("cpu", now=NOW + LEASE + 1)
    assert keeping.expire(job, attempt_limit=attempt_limit, actor="sweeper", now=NOW + LEASE + 1)
    stub.add_response("complete_lifecycle_action", {}, RELEASED)
    assert release(fleet, at=NOW + LEASE + 2)
    # It comes back to life at last: it gives up what it held and is offered another job.
    WorkerHeartbeats(table).free("i-1", job_id=rendering.job_id, attempt=1, now=NOW + LEASE + 3)
    claim = Claim(job_id=new_job().id, attempt=1, instance_id="i-1")
    refused = WorkerJobs(table).claim(claim, now=NOW + LEASE + 3, lease_seconds=LEASE)
    assert refused is ClaimRefusal.WORKER_DRAINING


def test_a_worker_that_speaks_after_it_was_read_is_not_marked(table) -> None:
    workers, record = FleetWorkers(table), WorkerHeartbeats(table)
    record.register("i-1", fleet="cpu", now=NOW)
    (read,) = workers.of_fleet("cpu")
    record.heartbeat("i-1", now=NOW + 40)
    assert not workers.mark_silent(read)
    (now,) = workers.of_fleet("cpu")
    assert now.state is WorkerState.IDLE
    assert workers.mark_silent(now)


def test_a_hook_that_waits_no_longer_is_no_trouble(fleet, stub, table) -> None:
    WorkerHeartbeats(table).register("i-1", fleet="cpu", now=NOW)
    message = "No active Lifecycle Action found with instance ID i-1"
    stub.add_client_error("complete_lifecycle_action", "ValidationError", message, expected_params=RELEASED)
    assert not release(fleet, at=NOW + 31)


def test_a_busy_instance_is_seen_with_the_age_of_its_render() -> None:
    """What a render still needs depends on how long it has run, not on how old its instance is."""
    worker = Worker(
        instance_id="i-1",
        fleet="cpu",
        state=WorkerState.BUSY,
        heartbeat_at=NOW,
        registered_at=NOW - 5_000,
        busy_since=NOW - 7,
        job_id="r_1",
        attempt=1,
    )
    members = [Member(id="i-1", lifecycle="InService", healthy=True)]
    (instance,), _ = observe(members, {"i-1": worker}, History(), NOW, Before())
    assert NOW - instance.since == 7
