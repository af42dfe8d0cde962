"""Counts the messages of a queue; SQS's counts are approximate and slightly late."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.jobs.errors import calling
from handlers.jobs.messages.render_queue import url_for
from handlers.jobs.model import Priority

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ACTIONS = frozenset({"sqs:GetQueueAttributes"})


@dataclass(frozen=True, kw_only=True)
class QueueDepth:
    """Messages that wait for a receiver, and messages received but not yet deleted."""

    waiting: int
    in_flight: int


def read_depths(client: "SQSClient", queue_url: str) -> QueueDepth:
    """The depth of both queues of a fleet together; `queue_url` is that of normal jobs.

    Raises:
        TryAgainLater: a queue is throttling or unreachable.
    """
    found = [read_depth(client, url_for(queue_url, priority)) for priority in Priority]
    return QueueDepth(
        waiting=sum(one.waiting for one in found), in_flight=sum(one.in_flight for one in found)
    )


def read_depth(client: "SQSClient", queue_url: str) -> QueueDepth:
    """The depth of a queue.

    Raises:
        TryAgainLater: the queue is throttling or unreachable.
    """
    with calling("read the queue's depth"):
        found = client.get_queue_attributes(
            QueueUrl=queue_url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesDelayed",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
    return QueueDepth(
        waiting=int(found["ApproximateNumberOfMessages"]) + int(found["ApproximateNumberOfMessagesDelayed"]),
        in_flight=int(found["ApproximateNumberOfMessagesNotVisible"]),
    )
