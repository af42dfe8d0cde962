"""The message on the notification queue: deliver the webhook of a job that has ended."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3

from handlers.jobs.client_config import client_config
from handlers.jobs.errors import calling
from handlers.jobs.ids import JOB_ID
from handlers.jobs.messages.render_queue import BadMessageError
from handlers.jobs.model import Job
from handlers.jobs.store.table import Table
from handlers.jobs.store.writing import mark_done

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:UpdateItem", "sqs:SendMessage"})


def encode(job_id: str) -> str:
    """The message's body; everything else is read when the webhook is delivered."""
    return json.dumps({"job": job_id})


def decode(body: str) -> str:
    """The id of the job in a body.

    Raises:
        BadMessageError: the body is something else.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessageError(f"not JSON: {error}") from error
    job_id = content.get("job") if isinstance(content, dict) else None
    if not isinstance(job_id, str) or not JOB_ID.fullmatch(job_id):
        raise BadMessageError('a message must be {"job": "<job id>"}; move it out of the queue')
    return job_id


class Webhooks:
    """Queues webhooks; after a crash between queueing and marking, the sweeper finds the job."""

    def __init__(self, client: "SQSClient", table: Table, queue_url: str) -> None:
        self._client, self._table, self._queue_url = client, table, queue_url

    def queue(self, job: Job, *, now: float) -> bool:
        """Queue the ended job's webhook and mark the job; False when the job needs none.

        The message comes before the mark, so a crash between the two queues it twice rather than never; a
        webhook that was delivered is not delivered again.

        Raises:
            TryAgainLater: the queue or the table is throttling or unreachable.
        """
        if not job.owes_webhook:
            return False
        with calling("queue a webhook"):
            # The tenant is the message group, so that one whose receivers hang delays no other's webhooks.
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=encode(job.id), MessageGroupId=job.tenant
            )
        mark_done(
            self._table,
            job,
            owes=lambda one: one.owes_webhook,
            done=lambda one: replace(one, announced_at=now),
        )
        return True


def connect_webhooks(table: Table, region: str, queue_url: str) -> Webhooks:
    """The deployed queue."""
    return Webhooks(boto3.client("sqs", region_name=region, config=client_config()), table, queue_url)
