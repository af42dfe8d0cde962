"""Metrics as the API has them: put, listed, and asked for by statistic or by expression."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse

from local.emulator.cloudwatch.queries import Query, Window, answers, measured
from local.emulator.cloudwatch.series import Metric, Sample, Store, store_of
from local.emulator.cloudwatch.statistics import StatisticError
from local.emulator.cloudwatch.time_series import ExpressionError
from local.emulator.registering import Request, Result, answer, failure

_POINTS = 1440
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""


def _store(request: Request) -> Store:
    return store_of(request.current_account, request.region)


def metric_of(given: Mapping[str, Any]) -> Metric:
    """A metric in the words of the API."""
    dimensions = given.get("Dimensions") or []
    return Metric(
        namespace=given["Namespace"],
        name=given["MetricName"],
        dimensions=frozenset((one["Name"], one["Value"]) for one in dimensions),
    )


def _put(request: Request) -> Result:
    """Keep the samples; the metrics themselves exist from then on."""
    namespace, store = request._get_param("Namespace"), _store(request)
    for given in request._get_param("MetricData") or []:
        metric = metric_of({**given, "Namespace": namespace})
        at = given["Timestamp"].timestamp() if given.get("Timestamp") else datetime.now(UTC).timestamp()
        for sample in _samples(given, at):
            store.put(metric, sample)
    return {}


def _samples(given: Mapping[str, Any], at: float) -> Iterable[Sample]:
    if values := given.get("Values"):
        counts = given.get("Counts") or [1.0] * len(values)
        return [Sample.of(at, float(value), float(n)) for value, n in zip(values, counts, strict=True)]
    if sums := given.get("StatisticValues"):
        return [
            Sample(
                at=at,
                count=float(sums["SampleCount"]),
                total=float(sums["Sum"]),
                lowest=float(sums["Minimum"]),
                highest=float(sums["Maximum"]),
            )
        ]
    value = float(given.get("Value", math.nan))
    if math.isnan(value):
        raise failure("InvalidParameterValue", f"The value of {given['MetricName']} is missing or no number.")
    return [Sample.of(at, value)]


def _window(start: float, end: float, period: float) -> Window:
    """The periods that begin within the time, each at a multiple of its length."""
    first = start // period * period
    periods = math.ceil((end - first) / period)
    if not 0 < periods <= _POINTS:
        raise failure(
            "InvalidParameterCombination",
            f"{periods} data points were asked for; 1 to {_POINTS} can be. Choose another time or period.",
        )
    return Window.even(end=first + periods * period, period=period, periods=periods)


def _statistics(request: Request) -> Result:
    metric = metric_of(request._get_params())
    start, end = (request._get_param(name).timestamp() for name in ("StartTime", "EndTime"))
    window = _window(start, end, float(request._get_param("Period")))
    plain = request._get_param("Statistics") or []
    extended = request._get_param("ExtendedStatistics") or []
    try:
        series = {name: measured(metric, name, window, _store(request)) for name in (*plain, *extended)}
    except StatisticError as problem:
        raise failure("InvalidParameterValue", str(problem)) from None
    points = []
    for at in window.grid:
        found = {name: values[at] for name, values in series.items() if at in values}
        if found:
            point: Result = {"Timestamp": datetime.fromtimestamp(at, UTC), "Unit": "None"}
            point |= {name: found[name] for name in plain}
            point |= {"ExtendedStatistics": {name: found[name] for name in extended}} if extended else {}
            points.append(point)
    return {"Label": metric.name, "Datapoints": points}


def _data(request: Request) -> Result:
    given = request._get_params()
    queries = [_query(one) for one in given.get("MetricDataQueries") or []]
    periods = [
        one["MetricStat"]["Period"] for one in given["MetricDataQueries"] if one.get("MetricStat")
    ] or [one.get("Period") or 60 for one in given["MetricDataQueries"]]
    window = _window(given["StartTime"].timestamp(), given["EndTime"].timestamp(), float(min(periods)))
    try:
        found = answers(queries, window, _store(request))
    except (ExpressionError, StatisticError) as problem:
        raise failure("ValidationError", str(problem)) from None
    newest_first = (given.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
    return {
        "MetricDataResults": [
            {
                "Id": query.id,
                "Label": query.label or query.id,
                "Timestamps": [datetime.fromtimestamp(at, UTC) for at in times],
                "Values": [found[query.id][at] for at in times],
                "StatusCode": "Complete",
            }
            for query in queries
            if query.returned
            for times in [sorted(found[query.id], reverse=newest_first)]
        ]
    }


def _query(given: Mapping[str, Any]) -> Query:
    stat = given.get("MetricStat")
    named = {"id": given["Id"], "label": given.get("Label") or ""}
    returned = given.get("ReturnData") in {None, True}
    if not stat:
        return Query(**named, expression=given.get("Expression") or "", returned=returned)
    return Query(**named, metric=metric_of(stat["Metric"]), statistic=stat["Stat"], returned=returned)


def _list(request: Request) -> Result:
    namespace, name = request._get_param("Namespace"), request._get_param("MetricName")
    wanted = {(one["Name"], one.get("Value")) for one in request._get_params().get("Dimensions") or []}
    return {
        "Metrics": [
            {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in sorted(metric.dimensions)],
            }
            for metric in _store(request).metrics()
            if namespace in {None, metric.namespace}
            and name in {None, metric.name}
            and all(
                any(key == one and value in {None, other} for one, other in metric.dimensions)
                for key, value in wanted
            )
        ]
    }


def install() -> None:
    """Register these answers."""
    answer(
        CloudWatchResponse,
        put_metric_data=_put,
        get_metric_statistics=_statistics,
        get_metric_data=_data,
        list_metrics=_list,
    )
