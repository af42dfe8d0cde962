"""The embedded metric format: metrics that stand in log events.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from local.emulator.cloudwatch.series import Metric, Sample

_METRICS, _DIMENSIONS, _VALUES = 100, 30, 100
"""Of one directive, one set of dimensions and one metric."""


def samples(message: str) -> Iterator[tuple[Metric, Sample]]:
    """The samples that an event holds; none when it is not of this format."""
    if '"_aws"' not in message:
        return
    try:
        event = json.loads(message)
        directives = event["_aws"]["CloudWatchMetrics"]
        at = event["_aws"]["Timestamp"] / 1000
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives if isinstance(directives, list) else []:
        yield from _of_directive(directive, event, at)


def _of_directive(
    directive: Mapping[str, object], event: Mapping[str, object], at: float
) -> Iterator[tuple[Metric, Sample]]:
    namespace, sets = directive.get("Namespace"), directive.get("Dimensions", [[]])
    metrics = directive.get("Metrics")
    if not isinstance(namespace, str) or not isinstance(metrics, list) or not isinstance(sets, list):
        return
    for names in sets:
        if not all(isinstance(event.get(name), str) for name in names) or len(names) > _DIMENSIONS:
            continue  # the service drops what names a dimension that the event lacks
        dimensions = frozenset((name, str(event[name])) for name in names)
        for metric in islice(metrics, _METRICS):
            key = Metric(namespace=namespace, name=metric["Name"], dimensions=dimensions)
            for value in _values(event.get(metric["Name"])):
                yield key, Sample.of(at, value)


def _values(found: object) -> Iterator[float]:
    many = found if isinstance(found, Sequence) and not isinstance(found, str) else [found]
    for value in islice(many, _VALUES):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield float(value)
