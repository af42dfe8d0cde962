"""What feeds functions: the pollers of streams and queues and the clock of schedules, a thread each."""

import contextlib
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from local.lambda_service import event_filters
from local.lambda_service.deliveries import (
    FOREVER,
    Invoke,
    Record,
    StreamDelivery,
    failed_items,
    sequence_number,
)
from local.lambda_service.functions import FunctionError

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_STREAM_POLL_S = 0.15
_RECORDS_A_READ = 1000
_QUEUE_WAIT_S = 1
_MESSAGES_A_READ = 10
_TROUBLE_PAUSE_S = 1.0
_NOTICE_S = 10.0
"""Within this the removal of a mapping has been noticed, also on a busy machine."""
_VANISHED = frozenset(
    {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "ResourceNotFoundException"}
)
_UNITS_S = {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600, "day": 86_400, "days": 86_400}


class Source(Protocol):
    """Something that feeds a function."""

    def feed(self, stop: threading.Event) -> None:
        """Feed until told to stop."""


@dataclass(frozen=True, kw_only=True)
class StreamSource:
    """A table's stream behind a deployed mapping."""

    mapping: "EventSourceMappingConfigurationTypeDef"
    streams: "DynamoDBStreamsClient"
    sqs: "SQSClient"
    invoke: Invoke

    def feed(self, stop: threading.Event) -> None:
        """Read the stream, filter, and deliver batches in order."""
        patterns = event_filters.parse(
            [one["Pattern"] for one in self.mapping.get("FilterCriteria", {}).get("Filters", [])]
        )
        delivery = StreamDelivery(
            invoke=self.invoke,
            pause=stop.wait,
            give_up=self._give_up,
            retries=self.mapping.get("MaximumRetryAttempts", FOREVER),
            partial_failures="ReportBatchItemFailures" in self.mapping.get("FunctionResponseTypes", []),
            halve_on_error=self.mapping.get("BisectBatchOnFunctionError", False),
        )
        size = self.mapping.get("BatchSize", 100)
        iterator = self._start()
        while not stop.wait(_STREAM_POLL_S):
            answer = self.streams.get_records(ShardIterator=iterator, Limit=_RECORDS_A_READ)
            iterator = answer["NextShardIterator"]
            records = [self._as_event(record) for record in answer["Records"]]
            chosen = [record for record in records if event_filters.passes(record, patterns)]
            for start in range(0, len(chosen), size):
                delivery.deliver(chosen[start : start + size])

    def _start(self) -> str:
        arn = self.mapping["EventSourceArn"]
        shard = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        answer = self.streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType=self.mapping.get("StartingPosition", "LATEST")
        )
        return answer["ShardIterator"]

    def _as_event(self, record: Mapping[str, object]) -> "Mapping[str, event_filters.Json]":
        arn = self.mapping["EventSourceArn"]
        plain: Mapping[str, event_filters.Json] = json.loads(json.dumps(record, default=_plain))
        return {**plain, "eventSourceARN": arn}

    def _give_up(self, records: Sequence[Record], reason: str) -> None:
        """Describe an undeliverable batch to the deployed destination, as Lambda does."""
        destination = self.mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if not destination:
            return
        note = {
            "requestContext": {
                "functionArn": self.mapping.get("FunctionArn"),
                "condition": "RetryAttemptsExhausted",
            },
            "responseContext": {"functionError": reason},
            "DDBStreamBatchInfo": {
                "streamArn": self.mapping["EventSourceArn"],
                "batchSize": len(records),
                "startSequenceNumber": sequence_number(records[0]),
                "endSequenceNumber": sequence_number(records[-1]),
            },
        }
        url = self.sqs.get_queue_url(QueueName=destination.rpartition(":")[2])["QueueUrl"]
        self.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(note))


@dataclass(frozen=True, kw_only=True)
class QueueSource:
    """A queue behind a deployed mapping."""

    mapping: "EventSourceMappingConfigurationTypeDef"
    sqs: "SQSClient"
    invoke: Invoke
    region: str

    def feed(self, stop: threading.Event) -> None:
        """Receive, invoke, delete what succeeded; the rest becomes visible again by itself."""
        url = self.sqs.get_queue_url(QueueName=self.mapping["EventSourceArn"].rpartition(":")[2])["QueueUrl"]
        size = min(self.mapping.get("BatchSize", 10), _MESSAGES_A_READ)
        partial = "ReportBatchItemFailures" in self.mapping.get("FunctionResponseTypes", [])
        while not stop.is_set():
            answer = self.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=size,
                WaitTimeSeconds=_QUEUE_WAIT_S,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            if messages := answer.get("Messages", []):
                self._deliver(url, messages, partial=partial)

    def _deliver(self, url: str, messages: "Sequence[MessageTypeDef]", *, partial: bool) -> None:
        try:
            result = self.invoke({"Records": [self._as_event(message) for message in messages]})
        except FunctionError:
            return
        failed = failed_items(result) if partial else set()
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _as_event(self, message: "MessageTypeDef") -> Record:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": message.get("MessageAttributes", {}),
            "md5OfBody": message.get("MD5OfBody", ""),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.mapping["EventSourceArn"],
            "awsRegion": self.region,
        }


@dataclass(frozen=True, kw_only=True)
class ScheduleSource:
    """A deployed schedule with a rate: the first call at once, as in the real service."""

    name: str
    expression: str
    given: str
    invoke: Invoke
    pace: float
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def feed(self, stop: threading.Event) -> None:
        """Call the function at the rate, `pace` times as often."""
        period = rate_s(self.expression) / self.pace
        while not stop.is_set():
            began = time.monotonic()
            with contextlib.suppress(FunctionError):  # told already; the next call comes by itself
                self.invoke(self._event())
            stop.wait(max(0.0, began + period - time.monotonic()))

    def _event(self) -> Mapping[str, object]:
        if self.given:
            event: Mapping[str, object] = json.loads(self.given)
            return event
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "time": f"{self.clock():%Y-%m-%dT%H:%M:%SZ}",
            "resources": [self.name],
            "detail": "{}",
        }


def rate_s(expression: str) -> float:
    """The period of a rate expression.

    Raises:
        ValueError: It is not a rate; the local stack knows no other schedules.
    """
    rate = re.fullmatch(r"rate\((\d+) (\w+)\)", expression)
    if not rate or rate[2] not in _UNITS_S:
        raise ValueError(f"The schedule says {expression}; the local stack knows rate(<number> <unit>) only.")
    return float(int(rate[1]) * _UNITS_S[rate[2]])


def patiently(source: Source, stop: threading.Event, trouble: Callable[[str], None]) -> None:
    """Feed; when the emulator fails or the source vanishes, say so and begin again.

    A queue is deleted right after its mapping, before anybody has noticed that: whoever is told to
    stop soon after its source has vanished has nothing to say.
    """
    while not stop.is_set():
        try:
            source.feed(stop)
        except Exception as problem:
            if _vanished(problem):
                stop.wait(_NOTICE_S)
            if not stop.is_set():
                trouble(f"{type(problem).__name__}: {problem}")
            stop.wait(_TROUBLE_PAUSE_S)


def _vanished(problem: Exception) -> bool:
    answer = problem.response if isinstance(problem, ClientError) else {}
    return answer.get("Error", {}).get("Code") in _VANISHED


def _plain(value: object) -> str | float:
    if isinstance(value, (datetime, date)):
        return value.timestamp() if isinstance(value, datetime) else value.isoformat()
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
