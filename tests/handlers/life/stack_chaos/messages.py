"""Duplicates, delays and deletes messages of a local stack's queues, by the calls of SQS itself.

- A duplicate has the body and the group of its message, which is how a second delivery looks:
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
- A message is late when a consumer receives it and does nothing until its visibility timeout is over.
- A message is gone when a consumer deletes it and does nothing. Only of renders: SQS keeps what it has taken,
  and nobody but it has count of webhooks.
"""

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Final

from local.emulator.connection import Connection

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

RENDERS: Final = ("clip-it-local-cpu-renders", "clip-it-local-cpu-renders-bulk")
NOTICES: Final = "clip-it-local-webhooks"
LETTERS: Final = "clip-it-local-cpu-renders-dead-letters"
DELAY_S: Final = 30


class Queues:
    """The queues of a stack, as somebody sees them who is not of it."""

    def __init__(self, connection: Connection) -> None:
        self._sqs = connection.sqs()

    def duplicate(self, chance: Random) -> str | None:
        """Have a message delivered twice; says in which queue."""
        for url, queue, message in self._received(chance, (*RENDERS, NOTICES), hidden_s=1):
            group = message.get("Attributes", {}).get("MessageGroupId")
            if group:
                self._sqs.send_message(QueueUrl=url, MessageBody=message["Body"], MessageGroupId=group)
            else:
                self._sqs.send_message(QueueUrl=url, MessageBody=message["Body"])
            return queue
        return None

    def delay(self, chance: Random) -> str | None:
        """Have a message received late."""
        for _, queue, _ in self._received(chance, (*RENDERS, NOTICES), hidden_s=DELAY_S):
            return queue
        return None

    def delete(self, chance: Random) -> str | None:
        """Have a message never received."""
        for url, queue, message in self._received(chance, RENDERS, hidden_s=1):
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return queue
        return None

    def letters(self) -> list[str]:
        """The bodies of all dead letters, each of which is hidden for a minute."""
        found, url = list[str](), self._sqs.get_queue_url(QueueName=LETTERS)["QueueUrl"]
        while messages := self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60
        ).get("Messages"):
            found += [message["Body"] for message in messages]
        return found

    def _received(
        self, chance: Random, queues: tuple[str, ...], *, hidden_s: int
    ) -> Iterator[tuple[str, str, "MessageTypeDef"]]:
        """A message of a queue that has some, if one does."""
        for queue in chance.sample(queues, len(queues)):
            url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            for message in self._sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=hidden_s, AttributeNames=["All"]
            ).get("Messages", []):
                yield url, queue.removeprefix("clip-it-local-"), message
