"""Samples are kept in the order of their times and within bounds."""

import pytest

from local.emulator.cloudwatch import series
from local.emulator.cloudwatch.series import Metric, Sample, Store

METRIC = Metric(namespace="n", name="m")


def test_samples_of_a_time_are_found_whatever_the_order_they_came_in() -> None:
    store = Store()
    for at in (5.0, 1.0, 3.0):
        store.put(METRIC, Sample.of(at, at))
    assert [one.at for one in store.between(METRIC, 1.0, 5.0)] == [1.0, 3.0]


def test_other_dimensions_are_another_metric() -> None:
    store = Store()
    store.put(Metric(namespace="n", name="m", dimensions=frozenset({("a", "1")})), Sample.of(1, 1))
    assert store.between(METRIC, 0, 2) == []


def test_the_oldest_samples_and_the_idlest_metrics_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "_KEPT_SAMPLES", 2)
    monkeypatch.setattr(series, "_KEPT_METRICS", 1)
    store = Store()
    store.put(Metric(namespace="n", name="idle"), Sample.of(0, 0))
    for at in (1.0, 2.0, 3.0):
        store.put(METRIC, Sample.of(at, at))
    assert [one.at for one in store.between(METRIC, 0, 9)] == [2.0, 3.0]
    assert store.metrics() == [METRIC]
