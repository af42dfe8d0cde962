"""The notifier's adapters to DynamoDB, SQS and SSM, and the actions that its role must allow."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import boto3

from handlers.jobs.client_config import client_config
from handlers.jobs.errors import calling
from handlers.jobs.messages import webhooks
from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.customers import usage_days
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import Reader
from handlers.jobs.store.table import Condition, Put, Table
from handlers.jobs.store.writing import read_job
from handlers.notifier.ports import Entry, Standing

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

ACTIONS = (
    webhooks.ACTIONS
    | usage_days.ACTIONS
    | {
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "sqs:ChangeMessageVisibility",
        "ssm:GetParameter",
    }
)
SECRET_SECONDS = 300
STANDING = 0
"""The number of the log item that summarizes the others."""


class JobReader:
    """Reads jobs from the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, job_id: str) -> Job | None:
        """Read the job consistently: the stream may be ahead of a replica.

        Raises:
            UnreadableItemError: its item holds what this service never writes.
        """
        return read_job(self._table, job_id)


class DeliveryLog:
    """One summary item and one item per attempt; they expire with their job."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def standing(self, job_id: str) -> Standing | None:
        """The state of the delivery."""
        item = self._table.get(keys.delivery(job_id, STANDING))
        if item is None:
            return None
        read = Reader(item)
        return Standing(
            ended_with=int(read.number("ended_with")),
            attempts=int(read.number("attempts")),
            delivered=read.text("status") == "delivered",
        )

    def record(self, job: Job, before: Standing, entry: Entry) -> None:
        """Add the attempt and update the summary; a later writer never undoes a delivery that was made.

        A concurrent delivery, from a second message, may have taken the next number.
        """
        status = "delivered" if entry.delivered else "failed"
        error: dict[str, Value] = {"error": entry.error[:300]} if entry.error else {}
        number = before.attempts + 1
        while not self._table.put(Put(item=self._item(job, number, entry.at, status, error))):
            number += 1
        counted: dict[str, Value] = {"attempts": number, "ended_with": job.attempt}
        summary = self._item(job, STANDING, entry.at, status, {**counted, **error})
        self._table.put(Put(item=summary, condition=_undelivered(job)))

    def _item(
        self, job: Job, number: int, at: float, status: str, more: dict[str, Value]
    ) -> dict[str, Value]:
        key = keys.delivery(job.id, number)
        return {
            "pk": key.pk,
            "sk": key.sk,
            "entity": Entity.DELIVERY,
            "at": at,
            "status": status,
            "expires_at": job.expires_at,
            **more,
        }


def _about_an_earlier_end(job: Job) -> Condition:
    return Condition("attribute_not_exists(#pk) OR #ended_with < :attempt", {":attempt": job.attempt})


def _undelivered(job: Job) -> Condition:
    earlier = _about_an_earlier_end(job)
    return Condition(
        f"{earlier.text} OR (#status <> :delivered AND #ended_with = :attempt)",
        {**earlier.values, ":delivered": "delivered"},
    )


class SqsQueue:
    """The notification queue in SQS."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def postpone(self, receipt: str, seconds: int) -> None:
        """Change the message's visibility timeout."""
        with calling("postpone a webhook"):
            self._client.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )


class SsmSecrets:
    """Secrets in SecureString parameters, one per tenant, cached for a few minutes."""

    def __init__(self, client: "SSMClient", prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._prefix, self._clock = client, prefix, clock
        self._known: dict[str, tuple[float, str]] = {}

    def of(self, tenant: str) -> str | None:
        """The tenant's secret; a missing one is not cached."""
        known = self._known.get(tenant)
        if known and self._clock() - known[0] < SECRET_SECONDS:
            return known[1]
        with calling("read a webhook secret"):
            try:
                answer = self._client.get_parameter(Name=f"{self._prefix}/{tenant}", WithDecryption=True)
            except self._client.exceptions.ParameterNotFound:
                return None
        secret = answer["Parameter"]["Value"]
        self._known[tenant] = (self._clock(), secret)
        return secret


def connect_queue(region: str, queue_url: str) -> SqsQueue:
    """The deployed queue."""
    return SqsQueue(boto3.client("sqs", region_name=region, config=client_config()), queue_url)


def connect_secrets(region: str, prefix: str) -> SsmSecrets:
    """The deployed secrets."""
    return SsmSecrets(boto3.client("ssm", region_name=region, config=client_config()), prefix)
