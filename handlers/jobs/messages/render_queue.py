"""The message on the render queue, and its sender."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import boto3

from handlers.jobs.client_config import CONNECTIONS, client_config
from handlers.jobs.errors import TryAgainLater, calling
from handlers.jobs.ids import JOB_ID
from handlers.jobs.model import Priority

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_sqs import SQSClient

ACTIONS = frozenset({"sqs:SendMessage"})
MESSAGES_OF_A_CALL: Final = 10
"""Source: SendMessageBatch in the API reference of SQS; the action `sqs:SendMessage` allows it."""


BULK_SUFFIX: Final = "-bulk"
"""What the name of a fleet's second queue ends with. It follows from the first one's name, so that the
settings of an agent, which lie on its instance, stay as they are."""


def url_for(queue_url: str, priority: Priority) -> str:
    """The queue of a fleet on which the jobs of a priority wait; `queue_url` is that of normal ones."""
    return queue_url if priority is Priority.NORMAL else f"{queue_url}{BULK_SUFFIX}"


@dataclass(frozen=True, kw_only=True)
class RenderMessage:
    """Asks a worker to render this attempt of this job."""

    job_id: str
    attempt: int


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """A message, and the tenant that is its group."""

    message: RenderMessage
    tenant: str


class BadMessageError(ValueError):
    """The body is not a render message; receiving it again does not help."""


def encode(message: RenderMessage) -> str:
    """The message's body."""
    return json.dumps({"job": message.job_id, "attempt": message.attempt})


def decode(body: str) -> RenderMessage:
    """The message in a body.

    Raises:
        BadMessageError: the body is something else.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessageError(f"not JSON: {error}") from error
    # Members that a later release adds are ignored. A dead letter that was moved here is no render message.
    if not isinstance(content, dict) or not content.keys() >= {"job", "attempt"} or "reason" in content:
        raise BadMessageError(f'expected {{"job": ..., "attempt": ...}}, found {body[:200]!r}')
    job_id, attempt = content["job"], content["attempt"]
    if not isinstance(job_id, str) or not JOB_ID.fullmatch(job_id):
        raise BadMessageError(f"'job' is {job_id!r}; expected an identifier like r_01h..., 28 characters")
    if not isinstance(attempt, int) or isinstance(attempt, bool) or attempt < 1:
        raise BadMessageError(f"'attempt' is {attempt!r}; expected a whole number from 1")
    return RenderMessage(job_id=job_id, attempt=attempt)


class Dispatcher:
    """Sends render messages; the tenant is the message group, so no tenant starves another."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def send(self, queue_url: str, message: RenderMessage, *, tenant: str, delay_seconds: int = 0) -> str:
        """Send one message and return its id; nobody receives it before the delay is over.

        Raises:
            TryAgainLater: the queue is throttling or unreachable.
        """
        with calling("send to the render queue"):
            sent = self._client.send_message(
                QueueUrl=queue_url,
                MessageBody=encode(message),
                MessageGroupId=tenant,
                DelaySeconds=delay_seconds,
            )
        return sent["MessageId"]

    def send_all(self, queue_url: str, messages: Sequence[Addressed]) -> Sequence[Addressed]:
        """Send messages, ten with each call; returns those that the queue did not take.

        Once a call has failed, no other is made: the queue is in trouble.
        """
        refused: list[Addressed] = []
        for first in range(0, len(messages), MESSAGES_OF_A_CALL):
            some = messages[first : first + MESSAGES_OF_A_CALL]
            try:
                refused += self._refused(queue_url, some)
            except TryAgainLater:
                return [*refused, *messages[first:]]
        return refused

    def _refused(self, queue_url: str, messages: Sequence[Addressed]) -> list[Addressed]:
        with calling("send to the render queue"):
            answer = self._client.send_message_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(place), "MessageBody": encode(one.message), "MessageGroupId": one.tenant}
                    for place, one in enumerate(messages)
                ],
            )
        return [messages[int(one["Id"])] for one in answer.get("Failed", [])]


def connect_dispatcher(
    region: str, *, connections: int = CONNECTIONS, prepare: Callable[["BaseClient"], None] | None = None
) -> Dispatcher:
    """A dispatcher on the deployed queues.

    `connections` is the number of threads that use it; `prepare` changes how the client calls.
    """
    client = boto3.client("sqs", region_name=region, config=client_config(connections=connections))
    if prepare:
        prepare(client)
    return Dispatcher(client)
