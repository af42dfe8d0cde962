"""Sends metrics of the catalogue from a Lambda function, through Powertools."""

from collections.abc import Mapping, Sequence

from aws_lambda_powertools import Metrics

from handlers.telemetry.metrics import NAMESPACE, Metric, dimensions_of

Values = Mapping[Metric, float | Sequence[float]]


def send(values: Values, *, environment: str, **more: str) -> None:
    """Write one record to the log for metrics that share their dimensions; nothing without a value.

    Raises:
        ValueError: The dimensions are not those of the catalogue.
    """
    metrics = Metrics(namespace=NAMESPACE)
    for metric, given in values.items():
        for name, value in dimensions_of(metric, environment, **more).items():
            metrics.add_dimension(name=name, value=value)
        for measured in given if isinstance(given, Sequence) else [given]:
            metrics.add_metric(name=metric.name, unit=metric.unit.value, value=measured)
    if metrics.metric_set:
        metrics.flush_metrics()
    else:
        metrics.clear_metrics()
