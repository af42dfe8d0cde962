"""Streams of tables: where a reader may begin, and what is kept for it."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodbstreams.models import dynamodbstreams_backends

from local.emulator import streams
from local.emulator.server import ACCOUNT
from tests.local.emulator.conftest import REGION
from tests.local.emulator.test_transactions import Table


@pytest.fixture
def table(client: Callable[[str], Any], unique: str) -> Table:
    return Table(client, unique)


def test_a_reader_goes_on_after_the_record_that_it_names(table: Table) -> None:
    for key in ("a", "b", "c"):
        table.put(key)
    records = table.streams.get_records(ShardIterator=table.reader, Limit=2)["Records"]
    table.reader = table.iterator(
        "AFTER_SEQUENCE_NUMBER", SequenceNumber=records[-1]["dynamodb"]["SequenceNumber"]
    )
    assert table.heard() == [("INSERT", "c")]


def test_reading_a_stream_for_hours_keeps_nothing(table: Table) -> None:
    for _ in range(50):
        table.heard()
    assert not dynamodbstreams_backends[ACCOUNT][REGION].shard_iterators


def test_a_stream_keeps_its_newest_records_only(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEPT", 3)
    for key in ("a", "b", "c", "d", "e"):
        table.put(key)
    with pytest.raises(ClientError, match="TrimmedDataAccess"):
        table.heard()
    table.reader = table.iterator("TRIM_HORIZON")
    assert table.heard() == [("INSERT", "c"), ("INSERT", "d"), ("INSERT", "e")]


def test_a_reader_of_a_stream_that_is_gone_is_told_so(table: Table) -> None:
    table.dynamodb.delete_table(TableName=table.name)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        table.heard()
