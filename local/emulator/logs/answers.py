"""CloudWatch Logs answers queries and filters, keeps streams within bounds, and finds embedded metrics."""

from typing import Any

from moto.logs import models

from local.emulator.cloudwatch.series import store_of
from local.emulator.logs import embedded_metrics, filter_patterns, insights
from local.emulator.logs.fields import Row, discovered, timestamp
from local.emulator.registering import failure

KEPT = 50_000
"""Events of one stream; the service keeps those of the retention period."""

_put_log_events = models.LogStream.put_log_events
_to_result_json = models.LogQuery.to_result_json


def _put(stream: Any, log_events: list[dict[str, Any]]) -> str:
    token: str = _put_log_events(stream, log_events)
    del stream.events[:-KEPT]
    store = store_of(stream.account_id, stream.region)
    for event in log_events:
        for metric, sample in embedded_metrics.samples(event["message"]):
            store.put(metric, sample)
    return token


class _Found(list[dict[str, Any]]):
    """The results of a query, and how much it has read for them."""

    events = 0
    bytes = 0


def _query(log_groups: list[Any], query: str, start_time: int, end_time: int) -> _Found:
    try:
        parsed = insights.parse(query)
    except insights.QueryError as problem:
        raise failure("MalformedQueryException", str(problem)) from None
    read = [
        (group, stream, event)
        for group in log_groups
        for stream in list(group.streams.values())
        for event in list(stream.events)
        if start_time * 1000 <= event.timestamp <= end_time * 1000
    ]
    found = _Found(parsed.run(_row(*one) for one in read))
    found.events, found.bytes = len(read), sum(len(event.message.encode()) for _, _, event in read)
    return found


def _result(query: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_QueryStatistics.html."""
    found = query.results
    statistics = {
        "recordsMatched": float(len(found)),
        "recordsScanned": float(found.events),
        "bytesScanned": float(found.bytes),
    }
    return {**_to_result_json(query), "statistics": statistics}


def _row(group: Any, stream: Any, event: Any) -> Row:
    return {
        **discovered(event.message),
        "@timestamp": timestamp(event.timestamp),
        "@ingestionTime": timestamp(event.ingestion_time),
        "@message": event.message,
        "@logStream": stream.log_stream_name,
        "@log": f"{group.account_id}:{group.name}",
        "@ptr": str(event.event_id),
    }


class _Filter:
    """In place of moto's filter, which lets every message pass that it cannot judge."""

    def __init__(self, pattern: str | None) -> None:
        try:
            self.matches = filter_patterns.parse(pattern or "")
        except filter_patterns.PatternError as problem:
            raise failure("InvalidParameterException", str(problem)) from None


def install() -> None:
    """Register these answers."""
    models.LogStream.put_log_events = _put
    models.execute_query = _query
    models.LogQuery.to_result_json = _result
    models.EventMessageFilter = _Filter
