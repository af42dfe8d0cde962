"""Logs Insights: filters, statistics and order as the pages use them, and refusals of the rest."""

import pytest

from local.emulator.logs.fields import Row, discovered
from local.emulator.logs.insights import QueryError, parse

LINES = [
    '{"event": "request", "route": "/v1/renders", "status": 503, "milliseconds": 12.5}',
    '{"event": "request", "route": "/v1/renders", "status": 202, "milliseconds": 7}',
    '{"event": "request", "route": "/readyz", "status": 503, "milliseconds": 90}',
    '{"event": "dependency_failed", "dependencies": ["table", "queue"], "error": "Throttled"}',
    "Task timed out after 3.00 seconds",
]
ROWS: list[Row] = [
    {"@timestamp": f"2026-01-01 00:00:0{n}.000", "@message": line, "@ptr": str(n), **discovered(line)}
    for n, line in enumerate(LINES)
]


def shown(query: str) -> list[list[object]]:
    return [[value for name, value in row.items() if name != "@ptr"] for row in parse(query).run(ROWS)]


def pointers(query: str) -> list[str]:
    return [str(row["@ptr"]) for row in parse(query).run(ROWS)]


def test_rows_come_newest_first_with_time_and_message() -> None:
    assert [row["@message"] for row in parse("limit 2").run(ROWS)] == [LINES[4], LINES[3]]
    assert list(parse("limit 1").run(ROWS)[0]) == ["@timestamp", "@message", "@ptr"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('event = "request" and status >= 500', "20"),
        ('event in ["dependency_failed", "fault"]', "3"),
        ('event = "request" and not (status = 202 or route = "/readyz")', "0"),
        ("ispresent(dependencies.0)", "3"),
        (r"@message like /Task timed out|Runtime\./", "4"),
        ('@message like "timed"', "4"),
        ("@message like /(?i)THROTTLED/", "3"),
        ("status != 202", "4320"),
        ("milliseconds > 10", "20"),
    ],
)
def test_a_filter_keeps_what_it_says(condition: str, found: str) -> None:
    assert pointers(f"filter {condition}") == list(found)


def test_a_field_that_an_event_lacks_is_missing_from_its_row() -> None:
    query = 'filter event = "dependency_failed" | display @timestamp, route, dependencies.1, error'
    assert shown(query) == [["2026-01-01 00:00:03.000", "queue", "Throttled"]]


def test_statistics_are_grouped_named_and_sorted() -> None:
    query = (
        'filter event = "request" | stats count(*) as requests, max(milliseconds) as slowest by route, '
        "status | sort slowest desc | limit 2"
    )
    assert shown(query) == [["/readyz", 503, 1, 90.0], ["/v1/renders", 503, 1, 12.5]]


def test_statistics_without_a_name_are_called_by_what_they_are() -> None:
    (row,) = parse("stats count(*), avg(milliseconds), min(status), sum(status)").run(ROWS)
    assert row == {
        "count(*)": 5,
        "avg(milliseconds)": pytest.approx(36.5),
        "min(status)": 202,
        "sum(status)": 1208,
    }


@pytest.mark.parametrize(
    "query",
    [
        "parse @message '*' as all",
        "dedup event",
        "filter @requestId = 'x'",
        "stats pct(milliseconds, 99)",
        "stats count(*) by bin(5m)",
        "filter event = ",
        "",
    ],
)
def test_what_is_wrong_or_not_known_is_refused(query: str) -> None:
    with pytest.raises(
        QueryError, match="it knows the commands filter, fields, display, stats, sort and limit"
    ):
        parse(query)
