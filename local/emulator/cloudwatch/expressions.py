"""Metric math: expressions over time series, read as Python's syntax tree.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from local.emulator.cloudwatch import time_series
from local.emulator.cloudwatch.time_series import ExpressionError, Series, Value, combined, reduced

_LENGTH = 2048
_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.And: lambda left, right: bool(left) and bool(right),
    ast.Or: lambda left, right: bool(left) or bool(right),
}
_IN_PYTHON = (("&&", " and "), ("||", " or "), ("^", "**"))
_WORDS = re.compile(r"\b(AND|OR)\b")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the names of an expression stand for, and the periods that it is about."""

    series: Callable[[str], Series]
    metrics: Sequence[str]
    """The ids of what is measured, not computed: those that METRICS() returns."""
    grid: Sequence[float]
    period: float


def evaluate(expression: str, scope: Scope) -> Series:
    """The time series that an expression comes to.

    Raises:
        ExpressionError: It is no expression, needs what is not known here, or is no single time series.
    """
    value = _Evaluation(scope).of(parse(expression))
    if isinstance(value, Mapping):
        return value
    raise ExpressionError(f"{expression!r} must come to one time series.")


def parse(expression: str) -> ast.expr:
    """The syntax tree of an expression.

    Raises:
        ExpressionError: It is none.
    """
    text = _WORDS.sub(lambda word: word[0].lower(), expression)
    for given, python in _IN_PYTHON:
        text = text.replace(given, python)
    if len(text) > _LENGTH:
        raise ExpressionError(f"An expression may have {_LENGTH} characters; this one has {len(text)}.")
    try:
        return ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise ExpressionError(f"{expression!r} is no expression: {problem}") from None


@dataclass(frozen=True)
class _Evaluation:
    """One evaluation of one expression."""

    scope: Scope

    def of(self, node: ast.expr) -> Value:
        value: Value
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                value = float(number)
            case ast.Name(id=name):
                value = self.scope.series(name)
            case ast.List(elts=parts):
                value = [self._series(part) for part in parts]
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                value = combined(operator.sub, 0.0, self.of(inner))
            case (
                ast.BinOp(left=left, op=sign, right=right)
                | ast.Compare(left=left, ops=[sign], comparators=[right])
            ) if type(sign) in _OPERATORS:
                value = combined(_OPERATORS[type(sign)], self.of(left), self.of(right))
            case ast.BoolOp(op=sign, values=[first, *others]):
                value = self.of(first)
                for other in others:
                    value = combined(_OPERATORS[type(sign)], value, self.of(other))
            case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in _FUNCTIONS:
                value = self._call(name, given)
            case _:
                raise ExpressionError(
                    f"The emulator does not know {ast.unparse(node)!r}; it knows + - * / ^, comparisons, "
                    f"AND, OR and the functions {', '.join(sorted(_FUNCTIONS))}."
                )
        return value

    def _call(self, name: str, given: Sequence[ast.expr]) -> Value:
        counts, function = _FUNCTIONS[name]
        if len(given) not in counts:
            raise ExpressionError(
                f"{name} takes {' or '.join(map(str, counts))} arguments, not {len(given)}."
            )
        return function(self, given)

    def _series(self, node: ast.expr) -> Series:
        value = self.of(node)
        if isinstance(value, Mapping):
            return value
        raise ExpressionError(f"{ast.unparse(node)} must be a time series.")

    def _number(self, node: ast.expr) -> float:
        value = self.of(node)
        if isinstance(value, float):
            return value
        raise ExpressionError(f"{ast.unparse(node)} must be a number.")

    def fill(self, given: Sequence[ast.expr]) -> Value:
        """FILL(series, number) or FILL(series, REPEAT): a value for each period without one."""
        series = self._series(given[0])
        if isinstance(given[1], ast.Name) and given[1].id == "REPEAT":
            return time_series.repeated(series, self.scope.grid)
        number = self._number(given[1])
        return {at: series.get(at, number) for at in self.scope.grid}

    def choose(self, given: Sequence[ast.expr]) -> Value:
        """IF(condition, value) or IF(condition, value, value)."""
        return time_series.chosen(
            self.of(given[0]), self.of(given[1]), self.of(given[2]) if given[2:] else {}
        )

    def metrics(self, given: Sequence[ast.expr]) -> Value:
        """METRICS(): all metrics, or those whose id contains a text."""
        text = given[0].value if given and isinstance(given[0], ast.Constant) else ""
        return [self.scope.series(name) for name in self.scope.metrics if str(text) in name]

    def length(self, given: Sequence[ast.expr]) -> Value:
        """PERIOD(series): the seconds of a period."""
        self._series(given[0])
        return float(self.scope.period)

    def constant(self, given: Sequence[ast.expr]) -> Value:
        """TIME_SERIES(number): the same number in each period."""
        return dict.fromkeys(self.scope.grid, self._number(given[0]))


_Function = Callable[[_Evaluation, Sequence[ast.expr]], Value]


def _each(change: Callable[[float], float]) -> _Function:
    return lambda on, given: combined(lambda _, value: change(value), 0.0, on.of(given[0]))


def _across(reduce: Callable[[list[float]], float]) -> _Function:
    return lambda on, given: reduced(reduce, on.of(given[0]))


_FUNCTIONS: dict[str, tuple[Sequence[int], _Function]] = {
    "ABS": ([1], _each(abs)),
    "AVG": ([1], _across(lambda values: sum(values) / len(values))),
    "CEIL": ([1], _each(math.ceil)),
    "FILL": ([2], _Evaluation.fill),
    "FLOOR": ([1], _each(math.floor)),
    "IF": ([2, 3], _Evaluation.choose),
    "MAX": ([1], _across(max)),
    "METRICS": ([0, 1], _Evaluation.metrics),
    "MIN": ([1], _across(min)),
    "PERIOD": ([1], _Evaluation.length),
    "SUM": ([1], _across(sum)),
    "TIME_SERIES": ([1], _Evaluation.constant),
}
"""How many arguments each function takes, and what it does."""
