"""The adapters over moto and over stubbed answers: what a look sees and what an order does."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers.jobs.model import WorkerState
from handlers.jobs.verdicts import Registration
from handlers.jobs.worker_record import WorkerRecord
from handlers.scaler.decision import decide
from handlers.scaler.memory import Memory
from handlers.scaler.ports import State
from handlers.scaler.snapshot import LaunchError, Stage

NOW = 1_700_000_000.0


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
    assert (snapshot.queued, snapshot.oldest_s, snapshot.desired) == (2, 30.0, 3)
    assert snapshot.blind is None


def test_a_job_whose_message_is_lost_still_counts(deployed, new_job) -> None:
    new_job()
    assert deployed.fleet.look(State(), NOW + 1).queued == 1


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
    verdict = WorkerRecord(table).register(instance, fleet="cpu", now=NOW + 1)
    assert verdict is Registration.DRAINING


def test_a_busy_worker_that_speaks_again_is_not_replaced(deployed) -> None:
    (instance,) = deployed.launch(1)
    deployed.register(instance, state=WorkerState.BUSY, now=NOW)
    assert not deployed.fleet.replace(instance, now=NOW, heard_after=NOW - 30)
    assert deployed.health(instance) == "Healthy"
    assert deployed.fleet.replace(instance, now=NOW + 60, heard_after=NOW + 30)
    assert deployed.health(instance) == "Unhealthy"


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


def test_the_mix_is_read_and_written_as_on_demand_percentage(stubbed_group) -> None:
    group, stub = stubbed_group
    answer = {
        "AutoScalingGroupName": "render-cpu",
        "MinSize": 0,
        "MaxSize": 9,
        "DesiredCapacity": 3,
        "DefaultCooldown": 0,
        "AvailabilityZones": ["eu-central-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": datetime.fromtimestamp(NOW, UTC),
        "Instances": [],
        "MixedInstancesPolicy": {
            "InstancesDistribution": {"OnDemandBaseCapacity": 2, "OnDemandPercentageAboveBaseCapacity": 25}
        },
    }
    stub.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": [answer]})
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
