"""The poller of a table's stream: reads, filters, delivers in order, and remembers how far it has come."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.lambda_service import event_filters
from local.lambda_service.deliveries import (
    FOREVER,
    LONGEST_PAUSE_S,
    Invoke,
    Record,
    StreamDelivery,
    sequence_number,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef
    from mypy_boto3_sqs import SQSClient

_POLL_S = 0.15
_RECORDS_PER_READ = 1000


@dataclass
class Checkpoint:
    """How far a mapping has come in its stream; it outlives the pollers, which come and go."""

    begun: bool = False
    sequence: str | None = None
    """The last record that was delivered or filtered out; without one, the next is the oldest kept."""


@dataclass(frozen=True, kw_only=True)
class StreamSource:
    """A table's stream behind a deployed mapping."""

    mapping: "EventSourceMappingConfigurationTypeDef"
    streams: "DynamoDBStreamsClient"
    sqs: "SQSClient"
    invoke: Invoke
    lags: Callable[[float], None]
    """Called with the seconds since the last record of a batch was written, whenever one is delivered."""
    checkpoint: Checkpoint
    longest_pause_s: float = LONGEST_PAUSE_S
    """Between two tries; less in time lapse."""

    def feed(self, stop: threading.Event) -> None:
        """Deliver what follows the checkpoint, batch by batch."""
        patterns = event_filters.parse(
            [one["Pattern"] for one in self.mapping.get("FilterCriteria", {}).get("Filters", [])]
        )
        delivery = self._delivery(stop)
        size = self.mapping.get("BatchSize", 100)
        self._begin()
        for records in self._reads(stop):
            chosen = [record for record in records if event_filters.passes(record, patterns)]
            for start in range(0, len(chosen), size):
                batch = chosen[start : start + size]
                if not delivery.deliver(batch):
                    return
                self.checkpoint.sequence = sequence_number(batch[-1])
            self.checkpoint.sequence = sequence_number(records[-1])

    def _delivery(self, stop: threading.Event) -> StreamDelivery:
        return StreamDelivery(
            invoke=self._measured,
            pause=stop.wait,
            longest_pause_s=self.longest_pause_s,
            give_up=self._give_up,
            retries=self.mapping.get("MaximumRetryAttempts", FOREVER),
            partial_failures="ReportBatchItemFailures" in self.mapping.get("FunctionResponseTypes", []),
            halve_on_error=self.mapping.get("BisectBatchOnFunctionError", False),
        )

    def _measured(self, event: Mapping[str, object]) -> object:
        records = event["Records"]
        written = _written(records[-1]) if isinstance(records, list) and records else None
        if written is not None:
            self.lags(max(0.0, time.time() - written))
        return self.invoke(event)

    def _begin(self) -> None:
        """Let a mapping that starts at LATEST pass over what the stream holds now, once and never again."""
        if not self.checkpoint.begun and self.mapping.get("StartingPosition", "LATEST") == "LATEST":
            iterator, records = self._read(self._iterator())
            while records:
                self.checkpoint.sequence = sequence_number(records[-1])
                iterator, records = self._read(iterator)
        self.checkpoint.begun = True

    def _reads(self, stop: threading.Event) -> Iterator[list[Record]]:
        iterator = self._iterator()
        while not stop.wait(_POLL_S):
            iterator, records = self._read(iterator)
            if records:
                yield records

    def _read(self, iterator: str) -> tuple[str, list[Record]]:
        """The next iterator, and the records before it as a function gets them."""
        try:
            answer = self.streams.get_records(ShardIterator=iterator, Limit=_RECORDS_PER_READ)
        except ClientError as problem:
            if problem.response.get("Error", {}).get("Code") == "TrimmedDataAccessException":
                self.checkpoint.sequence = None
            raise
        return answer["NextShardIterator"], [self._as_event(record) for record in answer["Records"]]

    def _iterator(self) -> str:
        arn, after = self.mapping["EventSourceArn"], self.checkpoint.sequence
        shard = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        answer = (
            self.streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=after
            )
            if after
            else self.streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )
        )
        return answer["ShardIterator"]

    def _as_event(self, record: Mapping[str, object]) -> Record:
        plain: Record = json.loads(json.dumps(record, default=_plain))
        return {**plain, "eventSourceARN": self.mapping["EventSourceArn"]}

    def _give_up(self, records: Sequence[Record], reason: str) -> None:
        """Send the description of an undeliverable batch to its destination, as Lambda does."""
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


def _written(record: Record) -> float | None:
    change = record.get("dynamodb")
    at = change.get("ApproximateCreationDateTime") if isinstance(change, Mapping) else None
    return float(at) if isinstance(at, (int, float)) else None


def _plain(value: object) -> str | float:
    if isinstance(value, (datetime, date)):
        return value.timestamp() if isinstance(value, datetime) else value.isoformat()
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
