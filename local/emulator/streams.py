"""Streams of tables: read by position, and kept within bounds.

An iterator of moto's holds the stream of the table that it was made for, also when the table has been
deleted, and all iterators are kept forever, as are all records. Here an iterator is the stream's name and a
position, and a stream keeps its newest records.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
"""

from typing import Any, TypeAlias

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamShard
from moto.dynamodbstreams.responses import DynamoDBStreamsHandler

from local.emulator.registering import Request, Result, answer, failure

Shard: TypeAlias = Any  # moto's StreamShard
Item: TypeAlias = Any  # moto's Item, or None

KEPT = 20_000
"""Records of one stream; DynamoDB keeps those of a day, however many."""
_LONGEST_ANSWER = 1000
_SEPARATOR = "|1|"

_add, _update = StreamShard.add, DynamoDBBackend.update_table_streams


def _add_within_bounds(shard: Shard, old: Item, new: Item) -> None:
    if not shard.table.stream_specification.get("StreamEnabled"):
        return  # it was switched off; moto would look for the view of a stream that has none
    _add(shard, old, new)
    excess = len(shard.items) - KEPT
    if excess > 0:
        del shard.items[:excess]
        shard.starting_sequence_number += excess


def _switch(backend: Any, table: Any, specification: dict[str, Any]) -> None:
    """A stream that was switched off is no hindrance to another; moto takes it for one that is on."""
    if not table.stream_specification.get("StreamEnabled"):
        table.latest_stream_label = None
    _update(backend, table, specification)


def _iterator(request: Request) -> Result:
    arn, kind = request._get_param("StreamArn"), request._get_param("ShardIteratorType")
    shard, given = _shard(request, arn), int(request._get_param("SequenceNumber") or 0)
    positions = {
        "TRIM_HORIZON": shard.starting_sequence_number,
        "LATEST": shard.starting_sequence_number + len(shard.items),
        "AT_SEQUENCE_NUMBER": given,
        "AFTER_SEQUENCE_NUMBER": given + 1,
    }
    return {"ShardIterator": f"{arn}{_SEPARATOR}{positions[kind]}"}


def _records(request: Request) -> Result:
    arn, _, position = request._get_param("ShardIterator").rpartition(_SEPARATOR)
    shard, start = _shard(request, arn), int(position)
    if start < shard.starting_sequence_number:
        raise failure("TrimmedDataAccessException", "The requested sequence number is no longer kept.")
    records = shard.get(start, request._get_param("Limit") or _LONGEST_ANSWER)
    return {"Records": records, "NextShardIterator": f"{arn}{_SEPARATOR}{start + len(records)}"}


def _shard(request: Request, arn: str) -> Shard:
    table = request.backend._get_table_from_arn(arn)
    if not table.stream_shard or table.latest_stream_label != arn.rpartition("/")[2]:
        raise failure("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
    return table.stream_shard


def install() -> None:
    """Register these answers."""
    StreamShard.add, DynamoDBBackend.update_table_streams = _add_within_bounds, _switch
    answer(DynamoDBStreamsHandler, get_shard_iterator=_iterator, get_records=_records)
