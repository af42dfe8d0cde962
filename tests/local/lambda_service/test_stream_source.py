"""A reader of a stream goes on where it was, whatever happens to the stream or to itself."""

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.lambda_service.functions import FunctionError
from local.lambda_service.stream_source import Checkpoint, StreamSource

MAPPING: Any = {"EventSourceArn": "arn:stream", "BatchSize": 2, "StartingPosition": "LATEST"}


@dataclass
class Stream:
    """A stream as its client shows it: an iterator is the number of the next record."""

    records: list[int] = field(default_factory=list)
    kept_from: int = 0
    broken: bool = False

    def describe_stream(self, **_: str) -> dict[str, Any]:
        return {"StreamDescription": {"Shards": [{"ShardId": "s"}]}}

    def get_shard_iterator(self, **given: str) -> dict[str, str]:
        after = int(given.get("SequenceNumber", 0)) + 1
        starts = {"TRIM_HORIZON": self.kept_from, "AFTER_SEQUENCE_NUMBER": after}
        return {"ShardIterator": str(starts[given["ShardIteratorType"]])}

    def get_records(self, *, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803
        start = int(ShardIterator)
        if self.broken:
            self.broken = False
            raise ConnectionError("the emulator is busy")
        if start < self.kept_from:
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException", "Message": ""}}, "GetRecords")
        found = self.records[start : start + Limit]
        return {
            "Records": [{"dynamodb": {"SequenceNumber": str(number)}} for number in found],
            "NextShardIterator": str(start + len(found)),
        }


@dataclass
class Function:
    """Notes what it is invoked with."""

    seen: list[int] = field(default_factory=list)
    fails: bool = False

    def __call__(self, event: Any) -> None:
        if self.fails:
            raise FunctionError("it has ended")
        self.seen += [int(record["dynamodb"]["SequenceNumber"]) for record in event["Records"]]


class Rounds(threading.Event):
    """Stops a reader after some reads, without any time passing."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self.left = rounds

    def wait(self, timeout: float | None = None) -> bool:
        self.left -= 1
        return self.left < 0


def feed(stream: Stream, function: Function, checkpoint: Checkpoint, rounds: int = 2) -> None:
    client: Any = stream
    sqs: Any = None
    StreamSource(
        mapping=MAPPING, streams=client, sqs=sqs, invoke=function, lags=lambda _: None, checkpoint=checkpoint
    ).feed(Rounds(rounds))


def test_the_first_reader_passes_over_what_was_there_before() -> None:
    stream, function, checkpoint = Stream([0, 1]), Function(), Checkpoint()
    feed(stream, function, checkpoint)
    stream.records.append(2)
    feed(stream, function, checkpoint)
    assert function.seen == [2]


def test_a_reader_that_failed_before_its_first_record_loses_none() -> None:
    stream, function, checkpoint = Stream([0]), Function(), Checkpoint()
    feed(stream, function, checkpoint, rounds=0)
    stream.broken = True
    with pytest.raises(ConnectionError):
        feed(stream, function, checkpoint)
    stream.records += [1, 2, 3]
    feed(stream, function, checkpoint)
    assert function.seen == [1, 2, 3]


def test_a_batch_that_was_not_delivered_is_delivered_by_the_next_reader() -> None:
    stream, function, checkpoint = Stream(), Function(fails=True), Checkpoint()
    feed(stream, function, checkpoint, rounds=0)
    stream.records += [0, 1, 2]

    def leave(*_: object) -> None:
        raise KeyError("the function was replaced")

    with pytest.raises(KeyError):
        feed(stream, leave, checkpoint)  # type: ignore[arg-type]
    function.fails = False
    feed(stream, function, checkpoint)
    assert function.seen == [0, 1, 2]


def test_a_reader_whose_next_record_is_no_longer_kept_goes_on_with_the_oldest() -> None:
    stream, function, checkpoint = Stream([0]), Function(), Checkpoint()
    feed(stream, function, checkpoint, rounds=0)
    stream.records += [1, 2, 3]
    stream.kept_from = 2
    with pytest.raises(ClientError):
        feed(stream, function, checkpoint)
    feed(stream, function, checkpoint)
    assert function.seen == [2, 3]
