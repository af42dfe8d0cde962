"""What AWS measures once a minute of the resources that the emulator holds: queues and groups.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html
"""

from collections.abc import Mapping
from typing import Any

from moto.sqs.models import sqs_backends

from local.emulator.autoscaling.lifecycle import all_groups
from local.emulator.cloudwatch.series import Metric, Sample, store_of


def measure(now: float) -> None:
    """Measure every queue, and of every group what its collection is enabled for."""
    for account, regions in list(sqs_backends.items()):
        for region, backend in list(regions.items()):
            for name, queue in list(backend.queues.items()):
                _put((account, region), "AWS/SQS", {"QueueName": name}, _of_queue(queue, now), now)
    for group in all_groups():
        measured = {
            name: value for name, value in _of_group(group).items() if name in getattr(group, "metrics", [])
        }
        where = (group.account_id, group.region)
        _put(where, "AWS/AutoScaling", {"AutoScalingGroupName": group.name}, measured, now)


def _put(
    where: tuple[str, str],
    namespace: str,
    dimensions: Mapping[str, str],
    measured: Mapping[str, float],
    now: float,
) -> None:
    store = store_of(*where)
    for name, value in measured.items():
        metric = Metric(namespace=namespace, name=name, dimensions=frozenset(dimensions.items()))
        store.put(metric, Sample.of(now, value))


def _of_queue(queue: Any, now: float) -> dict[str, float]:
    waiting = list(queue.messages)
    sent = [message.sent_timestamp / 1000 for message in (*waiting, *queue.pending_messages)]
    return {
        "ApproximateNumberOfMessagesVisible": float(len(waiting)),
        "ApproximateNumberOfMessagesNotVisible": float(len(queue.pending_messages)),
        "ApproximateAgeOfOldestMessage": max((now - at for at in sent), default=0.0),
    }


def _of_group(group: Any) -> dict[str, float]:
    states = [state.lifecycle_state.partition(":")[0] for state in group.instance_states]
    return {
        "GroupMinSize": float(group.min_size),
        "GroupMaxSize": float(group.max_size),
        "GroupDesiredCapacity": float(group.desired_capacity or 0),
        "GroupInServiceInstances": float(states.count("InService")),
        "GroupPendingInstances": float(states.count("Pending")),
        "GroupTerminatingInstances": float(states.count("Terminating")),
        "GroupTotalInstances": float(len(states)),
    }
