"""What a query finds, in which order, and what it costs."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends

from local.emulator.server import ACCOUNT
from tests.local.emulator.conftest import REGION
from tests.local.emulator.test_transactions import Table, calls_of, put_directly


@pytest.fixture
def table(client: Callable[[str], Any], unique: str) -> Table:
    table = Table(client, unique)
    table.dynamodb.update_table(
        TableName=unique,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "state", "since")
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-state",
                    "KeySchema": [
                        {"AttributeName": "state", "KeyType": "HASH"},
                        {"AttributeName": "since", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    return table


def query_directly(name: str, key: str) -> list[str]:
    backend = dynamodb_backends[ACCOUNT][REGION]
    found, _, _ = backend.query(name, {"S": key}, None, [], 100, None, True, None)
    return [one.attrs["sk"].value for one in found]


def test_a_query_costs_the_same_at_ten_and_at_a_thousand_jobs(table: Table) -> None:
    costs = []
    for first, last in ((0, 10), (10, 1_000)):
        for number in range(first, last):
            put_directly(table.name, f"r_{number}")
        costs.append(calls_of(lambda: query_directly(table.name, "r_7")))
    assert query_directly(table.name, "r_7") == ["JOB"]
    assert costs[1] <= costs[0] * 1.2


@pytest.mark.parametrize("forward", [True, False])
def test_a_query_of_an_index_goes_through_it_in_order_page_by_page(table: Table, forward: bool) -> None:
    for key, since in (("a", "3"), ("b", "1"), ("c", "2")):
        item = {"pk": {"S": key}, "sk": {"S": "JOB"}, "state": {"S": "queued"}, "since": {"S": since}}
        table.dynamodb.put_item(TableName=table.name, Item=item)
    table.put("d")  # not in the index
    pages = table.dynamodb.get_paginator("query").paginate(
        TableName=table.name,
        IndexName="by-state",
        KeyConditionExpression="#s = :queued",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":queued": {"S": "queued"}},
        ScanIndexForward=forward,
        PaginationConfig={"PageSize": 1},
    )
    found = [item["pk"]["S"] for page in pages for item in page["Items"]]
    assert found == (["b", "c", "a"] if forward else ["a", "c", "b"])
