"""The adapters over moto and over stubbed answers: what a look sees and what an order does."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from handlers.jobs.answers import Registration
from handlers.jobs.model import BootFailure, WorkerState
from handlers.jobs.store import keys
from handlers.jobs.store.boot_failures import BootFailures
from handlers.jobs.store.table import Update
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.scaler import aws
from handlers.scaler.decision import decide
from handlers.scaler.decision.memory import Memory
from handlers.scaler.decision.snapshot import LaunchError, Stage
from handlers.scaler.launch_errors import classes
from handlers.scaler.ports import State

NOW = 1_700_000_000.0


@pytest.fixture
def described():
    """What AWS says of a group with these instances in these states."""

    def build(instances: dict[str, str], **more: object) -> dict[str, object]:
        listed = [
            {
                "InstanceId": name,
                "LifecycleState": state,
                "HealthStatus": "Healthy",
                "AvailabilityZone": "eu-central-1a",
                "ProtectedFromScaleIn": True,
            }
            for name, state in instances.items()
        ]
        group = {
            "AutoScalingGroupName": "render-cpu",
            "MinSize": 0,
            "MaxSize": 9,
            "DesiredCapacity": 3,
            "DefaultCooldown": 0,
            "AvailabilityZones": ["eu-central-1a"],
            "HealthCheckType": "EC2",
            "CreatedTime": datetime.fromtimestamp(NOW, UTC),
            "Instances": listed,
        }
        return {"AutoScalingGroups": [{**group, **more}]}

    return build


def test_a_look_joins_group_workers_and_queue(deployed, new_job) -> None:
    idle, busy, silent = deployed.launch(3)
    deployed.register(idle, now=NOW - 5)
    deployed.register(busy, state=WorkerState.BUSY, now=NOW - 5)
    new_job()
    deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody="one")
    deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody="two")
    snapshot = deployed.fleet.look(State(), NOW + 30)
    assert {one.id: one.stage for one in snapshot.instances} == {
        idle: Stage.IDLE,
        busy: Stage.BUSY,
        silent: Stage.REGISTERED,
    }
    assert (snapshot.queued, snapshot.oldest_s, snapshot.desired) == (1, 30.0, 3)
    assert snapshot.blind is None


def test_a_failed_boot_is_told_until_a_worker_registers(deployed) -> None:
    boots = BootFailures(deployed.table)
    first, second = deployed.launch(2)
    boots.record(BootFailure(instance_id=first, fleet="cpu", at=NOW, words="engine: no license"))
    boots.record(BootFailure(instance_id=second, fleet="cpu", at=NOW - 60, words="engine: earlier"))
    snapshot = deployed.fleet.look(State(), NOW + 30)
    assert snapshot.boot_failure == "engine: no license"
    assert {one.stage for one in snapshot.instances} == {Stage.REGISTERED}, "no worker is made of it"
    assert deployed.fleet.replace(first, now=NOW + 40, heard_after=NOW)
    assert deployed.fleet.look(State(), NOW + 50).boot_failure == "engine: no license"
    workers = WorkerHeartbeats(deployed.table)
    workers.register(second, fleet="cpu", now=NOW + 51)
    workers.heartbeat(second, now=NOW + 52)
    assert deployed.fleet.look(State(), NOW + 60).boot_failure is None


def test_a_repair_that_fails_on_an_instance_that_serves_is_no_failed_boot(deployed) -> None:
    (instance,) = deployed.launch(1)
    workers = WorkerHeartbeats(deployed.table)
    workers.register(instance, fleet="cpu", now=NOW)
    workers.heartbeat(instance, now=NOW + 1)
    failure = BootFailure(instance_id=instance, fleet="cpu", at=NOW + 60, words="engine: not there")
    BootFailures(deployed.table).record(failure)
    assert deployed.fleet.look(State(), NOW + 61).boot_failure is None


def test_a_job_whose_message_is_lost_still_counts(deployed, new_job) -> None:
    new_job()
    assert deployed.fleet.look(State(), NOW + 1).queued == 1


@pytest.mark.short_form(1)
@pytest.mark.parametrize(("jobs", "messages", "queued"), [(3, 5, 3), (3, 0, 3), (0, 4, 1), (0, 0, 0)])
def test_jobs_are_counted_whatever_else_is_on_the_queue(deployed, new_job, jobs, messages, queued) -> None:
    """A job that lost its lease has two messages: the original and the one that was sent again."""
    for _ in range(jobs):
        new_job()
    for n in range(messages):
        deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody=str(n))
    assert deployed.fleet.look(State(), NOW + 1).queued == queued


def test_of_a_deep_queue_messages_are_counted(deployed, new_job, monkeypatch) -> None:
    monkeypatch.setattr(aws, "COUNTED", 2)
    for _ in range(3):
        new_job()
    for n in range(7):
        deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody=str(n))
    assert deployed.fleet.look(State(), NOW + 1).queued == 7


def test_messages_held_by_busy_workers_are_not_queued(deployed) -> None:
    (busy,) = deployed.launch(1)
    deployed.register(busy, state=WorkerState.BUSY, now=NOW)
    deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody="held")
    deployed.sqs.receive_message(QueueUrl=deployed.queue_url, VisibilityTimeout=60)
    assert deployed.fleet.look(State(), NOW).queued == 0


def test_a_group_that_is_missing_fails_the_look(deployed) -> None:
    deployed.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="render-cpu", ForceDelete=True)
    with pytest.raises(LookupError, match="CLIPIT_GROUP_NAME"):
        deployed.fleet.look(State(), NOW)


def test_a_drain_ends_the_instance_and_lowers_desired(deployed) -> None:
    first, second = deployed.launch(2)
    deployed.register(first)
    deployed.register(second)
    assert deployed.fleet.drain(first)
    assert deployed.desired() == 1
    assert deployed.ids() == [second]


def test_an_instance_that_never_registered_finds_itself_drained(deployed, table) -> None:
    (instance,) = deployed.launch(1)
    assert deployed.fleet.replace(instance, now=NOW, heard_after=NOW - 30)
    assert deployed.health(instance) == "Unhealthy"
    verdict = WorkerHeartbeats(table).register(instance, fleet="cpu", now=NOW + 1)
    assert verdict is Registration.DRAINING


def test_a_busy_worker_that_speaks_again_is_not_replaced(deployed) -> None:
    (instance,) = deployed.launch(1)
    deployed.register(instance, state=WorkerState.BUSY, now=NOW)
    assert not deployed.fleet.replace(instance, now=NOW, heard_after=NOW - 30)
    assert deployed.health(instance) == "Healthy"
    assert deployed.fleet.replace(instance, now=NOW + 60, heard_after=NOW + 30)
    assert deployed.health(instance) == "Unhealthy"


def test_replacing_an_instance_that_is_gone_is_harmless(stubbed_group) -> None:
    group, stub = stubbed_group
    message = "Instance Id not found - No managed instance found for instance ID: i-1"
    stub.add_client_error("set_instance_health", "ValidationError", message)
    group.replace("i-1")
    stub.add_client_error("set_instance_health", "AccessDenied", "not authorized")
    with pytest.raises(ClientError):
        group.replace("i-1")


ABANDONED = {
    "LifecycleHookName": "bootstrap",
    "AutoScalingGroupName": "render-cpu",
    "InstanceId": "i-held",
    "LifecycleActionResult": "ABANDON",
}


def test_a_launch_that_its_hook_holds_back_is_abandoned_for_its_health_does_not_count_yet(
    stubbed_group, described
) -> None:
    group, stub = stubbed_group
    stub.add_response(
        "describe_auto_scaling_groups", described({"i-held": "Pending:Wait", "i-1": "InService"})
    )
    group.describe()
    stub.add_response("complete_lifecycle_action", {}, ABANDONED)
    group.replace("i-held")
    stub.add_response("set_instance_health", {})
    group.replace("i-1")
    stub.assert_no_pending_responses()


def test_a_launch_that_was_completed_meanwhile_is_reported_unhealthy(stubbed_group, described) -> None:
    group, stub = stubbed_group
    stub.add_response("describe_auto_scaling_groups", described({"i-held": "Pending:Wait"}))
    group.describe()
    message = "No active Lifecycle Action found with instance ID i-held"
    stub.add_client_error("complete_lifecycle_action", "ValidationError", message, expected_params=ABANDONED)
    stub.add_response("set_instance_health", {})
    group.replace("i-held")
    stub.assert_no_pending_responses()


def test_a_draining_worker_with_a_job_was_marked_by_its_own_agent_and_is_going(deployed) -> None:
    marked, leaving = deployed.launch(2)
    deployed.register(marked, state=WorkerState.DRAINING, now=NOW)
    deployed.register(leaving, state=WorkerState.DRAINING, job_id="r_1", now=NOW)
    seen = {one.id: one for one in deployed.fleet.look(State(), NOW).instances}
    assert (seen[marked].interrupted, seen[leaving].interrupted) == (False, True)


def test_records_of_the_long_silent_are_not_read(deployed, table) -> None:
    """DynamoDB drops expired records days late; they must not add pages to a look."""
    (instance,) = deployed.launch(1)
    deployed.register(instance, now=NOW - 3_601)
    assert deployed.fleet.look(State(), NOW).instances[0].stage is Stage.REGISTERED
    assert deployed.fleet.look(State(), NOW - 2).instances[0].stage is Stage.IDLE


def test_the_record_of_an_agent_whose_key_moves_with_each_heartbeat_is_read(deployed, table) -> None:
    """So those of an earlier version wrote it, and they run on beside the new ones."""
    (instance,) = deployed.launch(1)
    deployed.register(instance, now=NOW - 5)
    table.update(Update(key=keys.worker(instance), changes={"state_sk": NOW - 5}))
    assert deployed.fleet.look(State(), NOW).instances[0].stage is Stage.IDLE


def test_a_whole_pass_raises_desired_from_the_queue(deployed, limits) -> None:
    for _ in range(4):
        deployed.sqs.send_message(QueueUrl=deployed.queue_url, MessageBody="job")
    decision = decide(deployed.fleet.look(State(), NOW), limits())
    assert decision.raise_to is not None
    deployed.fleet.raise_desired(decision.raise_to)
    assert deployed.desired() == decision.raise_to > 0


def test_failed_launches_are_told_by_class(stubbed_group) -> None:
    group, stub = stubbed_group
    failed = {
        "ActivityId": "1",
        "AutoScalingGroupName": "render-cpu",
        "Cause": "a difference between desired and actual capacity",
        "StartTime": datetime.fromtimestamp(NOW, UTC),
        "StatusCode": "Failed",
    }
    activities = [
        {
            **failed,
            "StatusMessage": "We currently do not have sufficient c7i.large capacity in that zone.",
        },
        {
            **failed,
            "StatusMessage": "Could not launch Spot Instances. UnfulfillableCapacity - none is available.",
        },
        {
            **failed,
            "StatusMessage": "You have requested more vCPU capacity than your limit. VcpuLimitExceeded",
        },
        {**failed, "StatusMessage": "The image id '[ami-1]' does not exist."},
        {**failed, "StatusMessage": "too old", "StartTime": datetime.fromtimestamp(NOW - 999, UTC)},
        {**failed, "StatusCode": "Successful"},
    ]
    stub.add_response("describe_scaling_activities", {"Activities": activities})
    assert set(group.launch_errors(NOW - 60)) == {
        LaunchError.CAPACITY,
        LaunchError.SPOT_CAPACITY,
        LaunchError.QUOTA,
        LaunchError.CONFIGURATION,
    }


def test_a_launch_that_was_given_up_is_a_failed_boot_and_no_matter_of_configuration() -> None:
    """The wording of AWS (user guide, "Amazon EC2 Auto Scaling lifecycle hooks") for a hook timed out."""
    token = "Lifecycle Action with token 7e41 was abandoned: Heartbeat Timeout"
    assert classes([f"Instance failed to complete user's Lifecycle Action: {token}"]) == ()


def test_the_mix_is_read_and_written_as_on_demand_percentage(stubbed_group, described) -> None:
    group, stub = stubbed_group
    mix = {"OnDemandBaseCapacity": 2, "OnDemandPercentageAboveBaseCapacity": 25}
    stub.add_response(
        "describe_auto_scaling_groups", described({}, MixedInstancesPolicy={"InstancesDistribution": mix})
    )
    assert group.describe().spot_share == 0.75
    stub.add_response(
        "update_auto_scaling_group",
        {},
        {
            "AutoScalingGroupName": "render-cpu",
            "MixedInstancesPolicy": {
                "InstancesDistribution": {
                    "OnDemandBaseCapacity": 2,
                    "OnDemandPercentageAboveBaseCapacity": 100,
                }
            },
        },
    )
    group.mix(0.0)


def test_a_boot_is_measured_from_the_order_to_the_registration(deployed) -> None:
    ordered = State(taken_at=NOW, memory=Memory(last_out=NOW))
    (instance,) = deployed.launch(1)
    booting = deployed.fleet.look(ordered, NOW + 30)
    assert booting.instances[0].launched_at == NOW
    deployed.register(instance, now=NOW + 85)
    seen = replace(ordered, taken_at=NOW + 30, history=booting.history)
    assert deployed.fleet.look(seen, NOW + 90).history.boot.mean == pytest.approx(85)


def test_a_boot_between_two_looks_is_measured_too(deployed) -> None:
    (instance,) = deployed.launch(1)
    deployed.register(instance, now=NOW + 40)
    ordered = State(taken_at=NOW, memory=Memory(last_out=NOW))
    assert deployed.fleet.look(ordered, NOW + 60).history.boot.mean == pytest.approx(40)
    assert deployed.fleet.look(replace(ordered, taken_at=NOW + 60), NOW + 120).history.boot.count == 0
