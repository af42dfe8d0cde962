"""The notifier's adapters to DynamoDB, SQS and SSM, and the actions that its role must allow."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3

from handlers.jobs.client_config import client_config
from handlers.jobs.errors import calling
from handlers.jobs.messages import webhooks
from handlers.jobs.messages.webhooks import WebhookMessage
from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.customers import usage_days
from handlers.jobs.store.keys import Entity, Key
from handlers.jobs.store.reading import Reader
from handlers.jobs.store.table import Condition, Put, Table, equal
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
    """One summary item for each delivery and one item per attempt; they expire with their job.

    The summary of a job's own delivery counts the attempts of its redeliveries too.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, message: WebhookMessage) -> Standing | None:
        """The state of this delivery alone; None before it is queued."""
        return self._read(keys.delivery_summary(message.job_id, message.endpoint, message.redelivery))

    def note_queued(self, job: Job, message: WebhookMessage, before: Standing | None, *, now: float) -> None:
        """Begin the summary of a delivery, unless a first try has begun it already."""
        key = keys.delivery_summary(message.job_id, message.endpoint, message.redelivery)
        number = before.attempts if before else 0
        item = {**_item(key, job, now, "queued"), "attempts": number, "ended_with": job.attempt}
        self._table.put(Put(item=item, condition=_about_an_earlier_end(job)))

    def standing(self, message: WebhookMessage) -> Standing | None:
        """The state of the delivery; that of a redelivery counts on from the attempts before it."""
        first = self._read(_first(message))
        if message.redelivery is None:
            return first
        again = self.of(message)
        if first is None or again is None:
            return again or (first and replace(first, delivered=False, given_up=False))
        return replace(again, attempts=max(first.attempts, again.attempts))

    def _read(self, key: Key) -> Standing | None:
        item = self._table.get(key)
        if item is None:
            return None
        read = Reader(item)
        return Standing(
            ended_with=int(read.number("ended_with")),
            attempts=int(read.number("attempts")),
            delivered=read.text("status") == "delivered",
            given_up=item.get("given_up") is True,
        )

    def record(self, job: Job, message: WebhookMessage, before: Standing, entry: Entry) -> None:
        """Add the attempt and update the summary; a later writer never undoes a delivery that was made.

        A concurrent delivery, from a second message, may have taken the next number. A redelivery that
        arrived ends the tries of the job's own delivery.
        """
        named = {"endpoint": message.endpoint, "redelivery": message.redelivery}
        again: Item = {name: value for name, value in named.items() if value}
        number = before.attempts + 1
        while not self._table.put(Put(item=_attempt(job, number, entry, again))):
            number += 1
        if message.redelivery:
            key = keys.delivery_summary(job.id, message.endpoint, message.redelivery)
            self._table.put(Put(item=_summary(key, job, number, entry), condition=_undelivered(job)))
            entry = replace(entry, given_up=False)  # the first delivery has tries of its own
        key = _first(message)
        if not self._table.put(Put(item=_summary(key, job, number, entry), condition=_undelivered(job))):
            self._count(key, number)

    def _count(self, key: Key, number: int) -> None:
        """Note on the summary of a delivery that was made that a redelivery has tried since.

        A concurrent one may be faster: then the next attempt finds its number taken, and takes a later one.
        """
        item = self._table.get(key)
        if item is not None and Reader(item).number("attempts") < number:
            unchanged = equal(attempts=item["attempts"], ended_with=item["ended_with"], status=item["status"])
            self._table.put(Put(item={**item, "attempts": number}, condition=unchanged))


def _first(message: WebhookMessage) -> Key:
    """The summary of the delivery that a redelivery repeats."""
    return keys.delivery_summary(message.job_id, message.endpoint, None)


def _attempt(job: Job, number: int, entry: Entry, more: Item) -> Item:
    key = keys.delivery(job.id, number)
    return {**_entry(key, job, entry), "webhook_id": entry.webhook_id, **more}


def _summary(key: Key, job: Job, number: int, entry: Entry) -> Item:
    given_up: Item = {"given_up": True} if entry.given_up else {}
    return {**_entry(key, job, entry), "attempts": number, "ended_with": job.attempt, **given_up}


def _entry(key: Key, job: Job, entry: Entry) -> Item:
    error: Item = {"error": entry.error[:300]} if entry.error else {}
    return {**_item(key, job, entry.at, "delivered" if entry.delivered else "failed"), **error}


def _item(key: Key, job: Job, at: float, status: str) -> Item:
    return {
        "pk": key.pk,
        "sk": key.sk,
        "entity": Entity.DELIVERY,
        "at": at,
        "status": status,
        "expires_at": job.expires_at,
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
    """Secrets in SecureString parameters, cached for a few minutes."""

    def __init__(self, client: "SSMClient", prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._prefix, self._clock = client, prefix, clock
        self._known: dict[str, tuple[float, str]] = {}

    def of(self, name: str) -> str | None:
        """The secret of this name; a missing one is not cached."""
        known = self._known.get(name)
        if known and self._clock() - known[0] < SECRET_SECONDS:
            return known[1]
        with calling("read a webhook secret"):
            try:
                answer = self._client.get_parameter(Name=f"{self._prefix}/{name}", WithDecryption=True)
            except self._client.exceptions.ParameterNotFound:
                return None
        secret = answer["Parameter"]["Value"]
        self._known[name] = (self._clock(), secret)
        return secret


def connect_queue(region: str, queue_url: str) -> SqsQueue:
    """The deployed queue."""
    return SqsQueue(boto3.client("sqs", region_name=region, config=client_config()), queue_url)


def connect_secrets(region: str, prefix: str) -> SsmSecrets:
    """The deployed secrets."""
    return SsmSecrets(boto3.client("ssm", region_name=region, config=client_config()), prefix)
