"""The queues of a fleet."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.naming import Naming
from components.render_queue import RenderQueue, RenderQueueArgs

Deployed = Callable[[Callable[[], object]], Any]


@pytest.fixture(scope="module")
def world(deployed: Deployed, naming: Naming) -> Any:
    args = RenderQueueArgs(naming=naming, fleet="gpu", lease_seconds=60, receive_limit=12)
    return deployed(lambda: RenderQueue("gpu-queue", args))


def test_a_message_is_hidden_for_as_long_as_a_claim_holds(world: Any) -> None:
    queue = world.one("aws:sqs/queue:Queue", "gpu-queue-renders")
    assert queue.inputs["visibilityTimeoutSeconds"] == 60
    assert queue.inputs["receiveWaitTimeSeconds"] == 20


def test_a_message_that_comes_back_too_often_is_set_aside(world: Any) -> None:
    queue = world.one("aws:sqs/queue:Queue", "gpu-queue-renders")
    assert json.loads(queue.inputs["redrivePolicy"]) == {
        "deadLetterTargetArn": "arn:aws:test:::gpu-queue-dead-letters",
        "maxReceiveCount": 12,
    }
    assert "redrivePolicy" not in world.one("aws:sqs/queue:Queue", "gpu-queue-dead-letters").inputs


def test_dead_letters_outlive_waiting_ones(world: Any) -> None:
    kept = {one.name: one.inputs["messageRetentionSeconds"] for one in world.of("aws:sqs/queue:Queue")}
    assert kept["gpu-queue-dead-letters"] > kept["gpu-queue-renders"]


def test_all_queues_are_encrypted_and_refuse_plain_http(world: Any) -> None:
    assert all(one.inputs["sqsManagedSseEnabled"] for one in world.of("aws:sqs/queue:Queue"))
    policies = [json.loads(one.inputs["policy"]) for one in world.of("aws:sqs/queuePolicy:QueuePolicy")]
    assert [one["Statement"][0]["Effect"] for one in policies] == ["Deny"] * 3
    assert all(one["Statement"][0]["Condition"] for one in policies)
