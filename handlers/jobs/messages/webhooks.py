"""Messages on the notification queue: deliver the webhook of a job that has ended, or test an endpoint."""

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import boto3

from handlers.jobs.client_config import client_config
from handlers.jobs.errors import calling
from handlers.jobs.ids import DELIVERY_ID, ENDPOINT_ID, JOB_ID, TENANT
from handlers.jobs.messages.render_queue import BadMessageError
from handlers.jobs.model import Job
from handlers.jobs.store.table import Table
from handlers.jobs.store.writing import mark_done

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_FIELDS = {
    "job": JOB_ID,
    "test": DELIVERY_ID,
    "redelivery": DELIVERY_ID,
    "endpoint": ENDPOINT_ID,
    "tenant": TENANT,
}
ACTIONS = frozenset({"dynamodb:GetItem", "dynamodb:UpdateItem", "sqs:SendMessage"})


@dataclass(frozen=True, kw_only=True)
class WebhookMessage:
    """Deliver the webhook of a job: to its own address, or to an endpoint of its tenant.

    `redelivery` is the id of the redelivery that a customer asked for, if it is one. Everything else is read
    when the webhook is delivered.
    """

    job_id: str
    endpoint: str | None = None
    redelivery: str | None = None


@dataclass(frozen=True, kw_only=True)
class TestMessage:
    """Deliver a test to one of a tenant's endpoints; `id` names it."""

    __test__ = False  # for pytest

    id: str
    tenant: str
    endpoint: str


def encode(message: WebhookMessage | TestMessage) -> str:
    """The message's body."""
    match message:
        case TestMessage():
            fields = {"test": message.id, "tenant": message.tenant, "endpoint": message.endpoint}
        case WebhookMessage():
            named = {"endpoint": message.endpoint, "redelivery": message.redelivery}
            fields = {"job": message.job_id, **{name: value for name, value in named.items() if value}}
    return json.dumps(fields)


def decode(body: str) -> WebhookMessage | TestMessage:
    """The message in a body.

    Raises:
        BadMessageError: the body is something else.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessageError(f"not JSON: {error}") from error
    fields = content if isinstance(content, dict) else {}
    match fields if all(_fits(name, value) for name, value in fields.items()) else {}:
        case {"test": str(test), "tenant": str(tenant), "endpoint": str(endpoint)}:
            return TestMessage(id=test, tenant=tenant, endpoint=endpoint)
        case {"job": str(job_id)}:
            return WebhookMessage(
                job_id=job_id, endpoint=fields.get("endpoint"), redelivery=fields.get("redelivery")
            )
    raise BadMessageError('a message must be {"job": "<job id>"}; move it out of the queue')


def _fits(name: str, value: object) -> bool:
    """Whether a field is an id of its kind; those that a later release has added are left out."""
    pattern = _FIELDS.get(name)
    return pattern is None or (isinstance(value, str) and pattern.fullmatch(value) is not None)


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
        self.send(WebhookMessage(job_id=job.id), tenant=job.tenant)
        mark_done(
            self._table,
            job,
            owes=lambda one: one.owes_webhook,
            done=lambda one: replace(one, announced_at=now),
        )
        return True

    def send(self, message: WebhookMessage | TestMessage, *, tenant: str) -> None:
        """Queue one delivery.

        Raises:
            TryAgainLater: the queue is throttling or unreachable.
        """
        with calling("queue a webhook"):
            # The tenant is the message group, so that one whose receivers hang delays no other's webhooks.
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=encode(message), MessageGroupId=tenant
            )


def connect_webhooks(table: Table, region: str, queue_url: str) -> Webhooks:
    """The deployed queue."""
    return Webhooks(boto3.client("sqs", region_name=region, config=client_config()), table, queue_url)
