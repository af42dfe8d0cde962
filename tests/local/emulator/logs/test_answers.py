"""CloudWatch Logs over the API: queries and filters find lines, and embedded metrics exist."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.logs import answers

Client = Callable[[str], Any]


@pytest.fixture
def group(client: Client, unique: str) -> str:
    logs = client("logs")
    logs.create_log_group(logGroupName=unique)
    logs.create_log_stream(logGroupName=unique, logStreamName="s")
    return unique


def write(client: Client, group: str, *lines: object) -> None:
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": json.dumps(line)} for line in lines]
    client("logs").put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def test_a_query_finds_the_fields_of_json_lines(client: Client, group: str) -> None:
    write(client, group, {"event": "a", "n": 1}, {"event": "b", "n": 2})
    now = int(time.time())
    query = client("logs").start_query(
        logGroupName=group,
        queryString='filter event = "b" | display event, n, @logStream',
        startTime=now - 60,
        endTime=now + 60,
    )["queryId"]
    answer = client("logs").get_query_results(queryId=query)
    (row,) = answer["results"]
    assert answer["statistics"] == {"recordsMatched": 1, "recordsScanned": 2, "bytesScanned": 44}
    assert [one["value"] for one in row if one["field"] != "@ptr"] == ["b", "2", "s"]


def test_a_query_that_is_not_known_is_refused(client: Client, group: str) -> None:
    with pytest.raises(ClientError, match="it knows the commands"):
        client("logs").start_query(logGroupName=group, queryString="dedup a", startTime=0, endTime=1)


def test_a_filter_pattern_chooses_by_json_fields(client: Client, group: str) -> None:
    write(client, group, {"job": "r_1"}, {"job": "r_2"})
    found = client("logs").filter_log_events(logGroupName=group, filterPattern='{ $.job = "r_2" }')["events"]
    assert [json.loads(one["message"])["job"] for one in found] == ["r_2"]


def test_a_pattern_that_is_not_known_is_refused(client: Client, group: str) -> None:
    write(client, group, {"job": "r_1"})
    with pytest.raises(ClientError, match="no regular expressions"):
        client("logs").filter_log_events(logGroupName=group, filterPattern="%r_.%")


def test_metrics_in_a_line_are_metrics(client: Client, group: str) -> None:
    metrics = [{"Namespace": group, "Dimensions": [["fleet"]], "Metrics": [{"Name": "QueuedJobs"}]}]
    embedded = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": metrics}
    write(client, group, {"_aws": embedded, "fleet": "cpu", "QueuedJobs": 4})
    (metric,) = client("cloudwatch").list_metrics(Namespace=group)["Metrics"]
    assert metric["Dimensions"] == [{"Name": "fleet", "Value": "cpu"}]


def test_a_stream_keeps_its_newest_events(
    client: Client, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "KEPT", 2)
    write(client, group, 1, 2, 3)
    found = client("logs").get_log_events(logGroupName=group, logStreamName="s")["events"]
    assert [one["message"] for one in found] == ["2", "3"]
