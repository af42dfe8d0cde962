"""The Lambda function: stream records queue webhooks, queue messages deliver them."""

import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias, TypedDict
from urllib.parse import urlsplit

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from handlers.jobs.messages.webhooks import connect_webhooks, decode
from handlers.jobs.model import Job
from handlers.jobs.outgoing.targets import resolve
from handlers.jobs.store.attributes import decode_item
from handlers.jobs.store.customers.usage_days import UsageDays
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import UnreadableItemError, untold
from handlers.jobs.store.table import connect
from handlers.jobs.store.webhook_addresses import WebhookAddresses
from handlers.jobs.tracing import log_fields, trace_id_of
from handlers.notifier import aws
from handlers.notifier.aws import DeliveryLog, JobReader, connect_queue, connect_secrets
from handlers.notifier.measuring import measured
from handlers.notifier.sending import HttpSender
from handlers.notifier.service import Delivered, Dropped, Failed, Notifier, Refused
from handlers.notifier.settings import Settings, from_environment
from handlers.notifier.slow_receivers import HURRIED_LOOK_UP_SECONDS, SlowReceivers
from handlers.telemetry import powertools
from handlers.telemetry.metrics import ITEMS_UNREADABLE, NOTIFIER_ERRORS, Metric

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

ACTIONS = aws.ACTIONS

logger = Logger(service="notifier")
Measurements: TypeAlias = defaultdict[Metric, list[float]]


class NotDeliveredError(Exception):
    """The receiver failed; the message is received again later."""


class UnknownEventError(ValueError):
    """The function was invoked by an unknown event source."""


class Event(TypedDict, total=False):
    """A batch from one event source."""

    Records: list[dict[str, object]]


@cache
def _deployed() -> tuple[Settings, Notifier]:
    """Built at the first invocation of an execution environment, and kept for later ones."""
    settings = from_environment(os.environ)
    table = connect(settings.table, settings.region)
    notifier = Notifier(
        jobs=JobReader(table),
        addresses=WebhookAddresses(table),
        log=DeliveryLog(table),
        usage=UsageDays(table, untold),
        webhooks=connect_webhooks(table, settings.region, settings.queue_url),
        queue=connect_queue(settings.region, settings.queue_url),
        secrets=connect_secrets(settings.region, settings.secret_prefix),
        sender=HttpSender(),
        look_up=resolve,
        hurried_look_up=partial(resolve, seconds=HURRIED_LOOK_UP_SECONDS),
        slow_receivers=SlowReceivers(now=time.monotonic, chance=random.random),
        targets=settings.targets,
        limit=settings.delivery_limit,
        now=time.time,
        chance=random.random,
    )
    return settings, notifier


def handler(event: Event, context: object) -> "PartialItemFailureResponse":
    """Handle a batch and return the records to receive again.

    Raises:
        UnknownEventError: the records are neither of a stream nor of a queue.
    """
    del context
    source = event["Records"][0].get("eventSource") if event.get("Records") else None
    settings, notifier = _deployed()
    values: Measurements = defaultdict(list)
    try:
        match source:
            case "aws:dynamodb":
                announce = partial(_announce, notifier, values)
                return _each(event, EventType.DynamoDBStreams, announce, values)
            case "aws:sqs":
                return _each(event, EventType.SQS, partial(_deliver, notifier, values), values)
    finally:
        powertools.send(values, environment=settings.environment)
    raise UnknownEventError(f"records come from {source!r}; expected 'aws:dynamodb' or 'aws:sqs'")


def _each(
    event: Event,
    kind: EventType,
    handle: Callable[[DynamoDBRecord], None] | Callable[[SQSRecord], None],
    values: Measurements,
) -> "PartialItemFailureResponse":
    processor = BatchProcessor(event_type=kind, raise_on_entire_batch_failure=False)
    answer = process_partial_response(event={**event}, record_handler=handle, processor=processor)
    mistakes = [
        (error, record)
        for (_, error, _), record in zip(processor.exceptions, processor.fail_messages, strict=True)
        if isinstance(error, Exception) and not isinstance(error, NotDeliveredError)
    ]
    for error, record in mistakes:
        logger.error("notifier_failed", exc_info=error, extra={"record": _name(record)})
        values[NOTIFIER_ERRORS].append(1)
    if mistakes and not processor.success_messages:
        # The records are received again either way; raising also rings the alarm on the function's errors.
        raise mistakes[0][0]
    return answer


def _name(record: object) -> str | None:
    """The sequence number or message id; dead letters name the record by it too."""
    match record:
        case DynamoDBRecord():
            sequence = record.raw_event.get("dynamodb", {}).get("SequenceNumber")
            return sequence if isinstance(sequence, str) else None
        case SQSRecord():
            return record.message_id
    return None


def _announce(notifier: Notifier, values: Measurements, record: DynamoDBRecord) -> None:
    """Queue the webhook of a job that has ended, and count what it has used.

    An item that cannot be read is skipped, or the stream would bring it again for a day and nothing else.
    Should it become readable, the sweeper queues its webhook.
    """
    change = record.raw_event.get("dynamodb", {})
    try:
        after = _job(change.get("NewImage"))
        before = _job(change.get("OldImage"))
        queued = after and notifier.announce(before, after)
        if after and queued:
            logger.info("webhook_queued", extra={**_about(after), "state": after.state.value})
        # Afterwards: what cannot be counted now holds up no webhook.
        if after:
            notifier.count(before, after)
    except UnreadableItemError as error:
        _report_unreadable(str(error), values, record)


def _report_unreadable(error: str, values: Measurements, record: object) -> None:
    logger.error("item_unreadable", extra={"record": _name(record), "error": error})
    values[ITEMS_UNREADABLE].append(1)


def _deliver(notifier: Notifier, values: Measurements, record: SQSRecord) -> None:
    job_id = decode(record.body)
    tries = int(record.attributes.approximate_receive_count)
    result = notifier.deliver(job_id, tries=tries)
    if isinstance(result, Refused):
        _report_unreadable(result.reason, values, record)
        return
    for metric, value in measured(result, tries=tries).items():
        values[metric].append(value)
    about = _about(result.job) if result.job else {"job": job_id, "trace_id": trace_id_of(job_id)}
    fields: dict[str, object] = {
        **about,
        "tries": tries,
        "message_id": record.message_id,
        "status": result.post.status if result.post else None,
        "milliseconds": round(result.post.seconds * 1000, 1) if result.post else None,
    }
    match result:
        case Delivered():
            logger.info("webhook_delivered", extra=fields)
        case Dropped():
            logger.info("webhook_dropped", extra={**fields, "reason": result.reason})
        case Failed():
            name = "webhook_given_up" if result.given_up else "webhook_failed"
            logger.warning(name, extra={**fields, "error": result.error, "retry_s": result.retry_seconds})
            notifier.queue.postpone(record.receipt_handle, result.retry_seconds)
            raise NotDeliveredError(result.error)


def _job(image: "Mapping[str, AttributeValueTypeDef] | None") -> Job | None:
    if not image or image.get("entity", {}).get("S") != Entity.JOB:
        return None
    return job_from_item(decode_item(image))


def _about(job: Job) -> dict[str, object]:
    """The job and the receiver's host; never its URL, whose path may be a secret."""
    return {**log_fields(job), "host": urlsplit(job.webhook_url or "").hostname}
