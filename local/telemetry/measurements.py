"""Measurements that services of AWS make of what runs here, sent to CloudWatch a second's worth at a time."""

import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.emulator.connection import Connection
from local.telemetry.produced import PRODUCED

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.literals import StandardUnitType
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

_ROUND_S = 0.5
_KEPT = 10_000
"""Measurements that wait; while the emulator does not answer the oldest ones are forgotten."""
_BATCH = 1000
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is measured: the namespace of a service and the dimensions of one of its resources."""

    namespace: str
    dimensions: Mapping[str, str]


@dataclass
class Measurements:
    """Measurements on their way to CloudWatch."""

    connection: Connection
    _waiting: "deque[tuple[str, MetricDatumTypeDef]]" = field(default_factory=lambda: deque(maxlen=_KEPT))

    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._cloudwatch = self.connection.cloudwatch()

    def add(self, of: Subject, metric: str, value: float, unit: "StandardUnitType" = "Count") -> None:
        """Measure something now.

        Raises:
            KeyError: The metric is not in the list of those that a local stack makes.
        """
        if metric not in PRODUCED[of.namespace]:
            raise KeyError(f"{of.namespace} {metric} is missing in local/telemetry/produced.py")
        datum: MetricDatumTypeDef = {
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": where} for name, where in of.dimensions.items()],
            "Timestamp": datetime.now(UTC),
            "Value": value,
            "Unit": unit,
        }
        self._waiting.append((of.namespace, datum))

    def work(self, stop: threading.Event) -> None:
        """Send until `stop` is set."""
        while not stop.is_set():
            self.flush()
            stop.wait(_ROUND_S)

    def flush(self) -> None:
        """Send what waits now; without the emulator it is lost: CloudWatch promises no delivery either."""
        with self._turn, suppress(BotoCoreError, ClientError):
            for namespace, batch in self._taken().items():
                for start in range(0, len(batch), _BATCH):
                    self._cloudwatch.put_metric_data(
                        Namespace=namespace, MetricData=batch[start : start + _BATCH]
                    )

    def _taken(self) -> "dict[str, list[MetricDatumTypeDef]]":
        taken: dict[str, list[MetricDatumTypeDef]] = defaultdict(list)
        with suppress(IndexError):
            while True:
                namespace, datum = self._waiting.popleft()
                taken[namespace].append(datum)
        return taken
