"""Metric data queries: metrics and expressions over a window of time, each by its id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from local.emulator.cloudwatch.expressions import Scope, evaluate
from local.emulator.cloudwatch.series import Metric, Store
from local.emulator.cloudwatch.statistics import statistic
from local.emulator.cloudwatch.time_series import ExpressionError, Series


@dataclass(frozen=True, kw_only=True)
class Query:
    """One query: a statistic of a metric, or an expression over other queries."""

    id: str
    metric: Metric | None = None
    statistic: str = ""
    expression: str = ""
    label: str = ""
    returned: bool = True


@dataclass(frozen=True, kw_only=True)
class Window:
    """Periods that follow one another: the beginning of each, and the end of the last."""

    edges: Sequence[float]
    period: float
    """Seconds of a period, as whoever asks for it says."""

    @classmethod
    def even(cls, *, end: float, period: float, periods: int) -> "Window":
        """So many periods of one length up to an end."""
        return cls(edges=[end - n * period for n in range(periods, -1, -1)], period=period)

    @property
    def grid(self) -> Sequence[float]:
        """The beginnings of the periods, the oldest first."""
        return self.edges[:-1]


@dataclass(frozen=True)
class _Answers:
    """The answers so far; an expression asks for those that it needs."""

    queries: Mapping[str, Query]
    window: Window
    store: Store
    found: dict[str, Series]

    def of(self, name: str, asking: tuple[str, ...] = ()) -> Series:
        if name not in self.queries or name in asking:
            raise ExpressionError(f"There is no metric {name!r} for an expression to use.")
        if name not in self.found:
            query = self.queries[name]
            self.found[name] = (
                measured(query.metric, query.statistic, self.window, self.store)
                if query.metric
                else evaluate(query.expression, self._scope((*asking, name)))
            )
        return self.found[name]

    def _scope(self, asking: tuple[str, ...]) -> Scope:
        return Scope(
            series=lambda name: self.of(name, asking),
            metrics=[query.id for query in self.queries.values() if query.metric],
            grid=self.window.grid,
            period=self.window.period,
        )


def answers(queries: Sequence[Query], window: Window, store: Store) -> Mapping[str, Series]:
    """The series of each query.

    Raises:
        ExpressionError: An expression cannot be evaluated.
        StatisticError: A statistic is not known.
    """
    answers = _Answers({query.id: query for query in queries}, window, store, {})
    return {query.id: answers.of(query.id) for query in queries}


def measured(metric: Metric, name: str, window: Window, store: Store) -> Series:
    """A statistic of a metric in each period that has samples.

    Raises:
        StatisticError: The statistic is not known.
    """
    compute = statistic(name)
    values = {at: compute(store.between(metric, at, end)) for at, end in pairwise(window.edges)}
    return {at: value for at, value in values.items() if value is not None}
