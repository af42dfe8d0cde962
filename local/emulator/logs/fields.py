"""The fields that Logs Insights discovers in a log event: its own, and those of a JSON object.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

Scalar: TypeAlias = str | float | bool
Row: TypeAlias = Mapping[str, Scalar]

OWN = ("@timestamp", "@message", "@logStream", "@log", "@ingestionTime", "@ptr")
_DISCOVERED = 200
"""Fields of one event beyond which the service discovers none."""


def timestamp(milliseconds: int) -> str:
    """A time as the service prints it."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def discovered(message: str) -> dict[str, Scalar]:
    """The fields of a message by their paths, as in `dependencies.0`; none when it is no JSON object."""
    try:
        parsed = json.loads(message)
    except ValueError:
        return {}
    if not isinstance(parsed, dict):
        return {}
    found: dict[str, Scalar] = {}
    for path, value in _leaves(parsed, ""):
        if len(found) == _DISCOVERED:
            break
        found[path] = value
    return found


def _leaves(value: object, path: str) -> Iterator[tuple[str, Scalar]]:
    children: Iterator[tuple[object, object]] = iter(())
    if isinstance(value, dict):
        children = iter(value.items())
    elif isinstance(value, list):
        children = iter(enumerate(value))
    elif isinstance(value, (str, int, float)):
        yield path, value
    for name, child in children:
        yield from _leaves(child, f"{path}.{name}" if path else str(name))
