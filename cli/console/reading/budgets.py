"""The error budget of each objective: how fast it burns, and what is left of thirty days of it.

The deployed alarms state the metrics and the expression; here they are asked over other windows.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.console.reading.limits import Limits
from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from components.naming.alarm_names import alarm_name
from components.parts.observability.objectives import (
    DAY,
    HOUR,
    TICKET,
    Objective,
    all_objectives,
    burn_alarms,
)
from components.parts.observability.watched import Watched, WatchedFleet, WatchedServer

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryOutputTypeDef, MetricDataQueryTypeDef

NOW_S, BUDGET_S = HOUR, 30 * DAY
_WORD = re.compile(r"\b[a-z]\w*\b")
"""An id in an expression; functions are in capitals."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """One objective; `burn` is how many times too fast it burns now, `left` a share, None without data."""

    name: str
    says: str
    runbook: str
    burn: float | None
    left: float | None


def objectives_of(place: StackPlace, limits: Mapping[str, Limits]) -> Sequence[Objective]:
    """The objectives of a stack, without the places of their metrics."""
    server = WatchedServer(service_arn="", balancer="", target_group="")
    fleets = {
        name: WatchedFleet(
            queue="",
            bulk_queue="",
            dead_letters="",
            group="",
            wait_objective_s=one.objective_s,
            wait_quantile=one.quantile,
        )
        for name, one in limits.items()
    }
    return all_objectives(
        Watched(
            environment=place.naming.environment,
            functions=(),
            fleets=fleets,
            server=server,
            table="",
            webhook_dead_letters="",
        )
    )


def budgets_of(place: StackPlace, limits: Mapping[str, Limits], calls: Calls) -> tuple[Budget, ...]:
    """Read the alarms of the longest windows, then their expressions over two other windows."""
    objectives = {_alarm_of(one, place): one for one in objectives_of(place, limits)}
    cloudwatch = calls.cloudwatch()
    shown = cloudwatch.describe_alarms(AlarmNames=list(objectives), AlarmTypes=["MetricAlarm"])
    deployed = {one["AlarmName"]: one.get("Metrics", []) for one in shown["MetricAlarms"]}
    now = datetime.now(UTC)
    found: dict[tuple[str, int], float] = {}
    for seconds in (NOW_S, BUDGET_S):
        queries = [one for n, name in enumerate(deployed) for one in _asked(n, deployed[name], seconds)]
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=queries, StartTime=now - timedelta(seconds=seconds), EndTime=now
        )
        for result in answer["MetricDataResults"] if queries else ():
            # Where periods begin is up to CloudWatch: of two that overlap the window the worse one counts.
            if result["Values"]:
                found[result["Id"], seconds] = max(result["Values"])
    return tuple(
        _budget(objective, n, found)
        for n, name in enumerate(deployed)
        if (objective := objectives.get(name)) is not None
    )


def _alarm_of(objective: Objective, place: StackPlace) -> str:
    longest = next(one for one in burn_alarms(objective) if one.window_seconds == TICKET.long)
    return alarm_name(place.naming, longest.kind, longest.subject)


def _asked(
    number: int, queries: "Sequence[MetricDataQueryOutputTypeDef]", seconds: int
) -> "Iterator[MetricDataQueryTypeDef]":
    """The queries of one alarm, their ids made its own, over one period of so many seconds."""

    def own(name: str) -> str:
        return f"a{number}_{name}"

    for one in queries:
        if "MetricStat" in one:
            metric, stat = one["MetricStat"]["Metric"], one["MetricStat"]["Stat"]
            yield {
                "Id": own(one["Id"]),
                "MetricStat": {"Metric": metric, "Period": seconds, "Stat": stat},
                "ReturnData": False,
            }
        else:
            expression = _WORD.sub(lambda word: own(word[0]), one.get("Expression", ""))
            yield {"Id": f"burn{number}", "Expression": expression, "ReturnData": True}


def _budget(objective: Objective, number: int, found: Mapping[tuple[str, int], float]) -> Budget:
    spent = found.get((f"burn{number}", BUDGET_S))
    return Budget(
        name=objective.name,
        says=objective.says,
        runbook=objective.kind,
        burn=found.get((f"burn{number}", NOW_S)),
        left=None if spent is None else max(0.0, 1.0 - spent),
    )
