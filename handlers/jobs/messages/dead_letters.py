"""The message on a fleet's dead-letter queue about a job without attempts left, with the reason."""

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import boto3

from handlers.jobs.client_config import client_config
from handlers.jobs.errors import calling
from handlers.jobs.messages.render_queue import BadMessageError, RenderMessage, encode
from handlers.jobs.messages.render_queue import decode as decode_message
from handlers.jobs.model import Job
from handlers.jobs.store.table import Table
from handlers.jobs.store.writing import mark_done

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:UpdateItem", "sqs:SendMessage"})

RECEIVED_TOO_OFTEN = "received_too_often"
"""The reason of a letter without one: SQS itself moved the message."""


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """The message of a failed job, and its failure code."""

    message: RenderMessage
    reason: str


def decode(body: str) -> DeadLetter:
    """The letter in a body.

    Raises:
        BadMessageError: the body is something else.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessageError(f"not JSON: {error}") from error
    reason = content.pop("reason", RECEIVED_TOO_OFTEN) if isinstance(content, dict) else None
    if not isinstance(reason, str):
        raise BadMessageError(f'expected {{"job": ..., "attempt": ..., "reason": ...}}, found {body[:200]!r}')
    return DeadLetter(message=decode_message(json.dumps(content)), reason=reason)


class DeadLetters:
    """Sends dead letters; after a crash between sending and marking, the sweeper finds the job."""

    def __init__(self, client: "SQSClient", table: Table) -> None:
        self._client, self._table = client, table

    def leave(self, queue_url: str, job: Job, *, now: float) -> bool:
        """Send the failed job's letter and mark the job; False when the job needs none.

        Raises:
            TryAgainLater: the queue or the table is throttling or unreachable.
        """
        if job.failure is None or not job.owes_dead_letter:
            return False
        message = json.loads(encode(RenderMessage(job_id=job.id, attempt=job.attempt)))
        with calling("leave a dead letter"):
            self._client.send_message(
                QueueUrl=queue_url,
                MessageBody=json.dumps({**message, "reason": job.failure.code.value}),
                MessageGroupId=job.tenant,
            )
        mark_done(
            self._table,
            job,
            owes=lambda one: one.owes_dead_letter,
            done=lambda one: replace(one, dead_letter_at=now),
        )
        return True


def connect_dead_letters(table: Table, region: str) -> DeadLetters:
    """The deployed queues."""
    return DeadLetters(boto3.client("sqs", region_name=region, config=client_config()), table)
