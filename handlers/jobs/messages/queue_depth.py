"""Counts the messages of a queue; SQS's counts are approximate and slightly late."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.jobs.errors import calling

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ACTIONS = frozenset({"sqs:GetQueueAttributes"})


@dataclass(frozen=True, kw_only=True)
class QueueDepth:
    """Messages that wait for a receiver, and messages received but not yet deleted."""

    waiting: int
    in_flight: int


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
