"""What the alarms on objectives say of themselves, in the words of their pages."""

import re
from collections.abc import Iterator
from typing import Any

COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
METRIC = "aws:cloudwatch/metricAlarm:MetricAlarm"
NAMED = re.compile(r'ALARM\("([^"]+)"\)')


def spoken(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def groups(world: Any, composite: Any) -> list[list[Any]]:
    """The alarms of each group of a composite alarm's rule."""
    by_name = {one.inputs["name"]: one for one in world.of(METRIC)}
    return [
        [by_name[name] for name in NAMED.findall(group)]
        for group in composite.inputs["alarmRule"].split(" OR ")
    ]


def told(world: Any, composite: Any, stack: str) -> Iterator[str]:
    """The sentences that the page of a composite alarm has to say."""
    name = composite.inputs["alarmName"].removeprefix(f"clip-it-{stack}-")
    for alarms in groups(world, composite):
        threshold = {alarm.inputs["threshold"] for alarm in alarms}
        windows = " and ".join(spoken(window(alarm)) for alarm in alarms)
        yield f"{_general(name)}: {min(threshold):g} times over {windows}"
    for alarms in groups(world, composite):
        yield f"`{_wide(expression(alarms[0]))}`"


def window(alarm: Any) -> float:
    return next(one["metric"]["period"] for one in alarm.inputs["metricQueries"] if one.get("metric"))


def expression(alarm: Any) -> str:
    return next(one["expression"] for one in alarm.inputs["metricQueries"] if one.get("expression"))


def _general(name: str) -> str:
    """A name for any fleet."""
    return re.sub(r"-(cpu|gpu)(?=-|$)", "-<fleet>", name)


def _wide(text: str) -> str:
    """The expression without its floor, which differs from window to window."""
    return re.sub(r">=\d+", ">=floor", text)
