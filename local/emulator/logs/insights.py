"""The part of the Logs Insights query language that our pages use; the rest is refused by name.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import pyparsing as pp

from local.emulator.logs.fields import OWN, Row, Scalar

Test: TypeAlias = Callable[[Row], bool]
Stage: TypeAlias = Callable[[Sequence[Row]], Sequence[Row]]

LIMIT = 10_000
"""Rows of a query without `limit`."""
_COMPARISONS: dict[str, Callable[[Scalar, Scalar], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SHOWN_BY_DEFAULT = ("@timestamp", "@message")


class QueryError(Exception):
    """A query that is wrong, or that asks for what the emulator does not know; the text says which."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query: its stages in order, and the fields that its rows show (without any, the default ones)."""

    stages: tuple[Stage, ...]
    shown: tuple[str, ...]

    def run(self, rows: Iterable[Row]) -> list[dict[str, Scalar]]:
        """The rows of the answer; a field that an event lacks is missing from its row."""
        found: Sequence[Row] = sorted(rows, key=lambda row: str(row["@timestamp"]), reverse=True)
        for stage in self.stages:
            found = stage(found)
        return [{name: row[name] for name in (*self.shown, "@ptr") if name in row} for row in found[:LIMIT]]


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: It is wrong or needs more than is known here.
    """
    try:
        commands = _grammar().parse_string(text, parse_all=True)
    except pp.ParseBaseException as problem:
        raise QueryError(
            f"The emulator cannot read the query at {text[problem.loc :][:40]!r}; it knows the commands "
            "filter, fields, display, stats, sort and limit."
        ) from None
    shown = _SHOWN_BY_DEFAULT
    for command in commands:
        shown = command.shown or shown
    return Query(stages=tuple(command.stage for command in commands), shown=shown)


@dataclass(frozen=True, kw_only=True)
class _Command:
    stage: Stage
    shown: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _grammar() -> pp.ParserElement:
    word, take = pp.CaselessKeyword, pp.DelimitedList
    field = pp.Regex(r"@?[A-Za-z_][\w.]*").set_parse_action(_known)
    text = pp.QuotedString('"', esc_char="\\") | pp.QuotedString("'", esc_char="\\")
    value = text | pp.common.number
    pattern = pp.QuotedString("/", esc_char="\\", unquote_results=False)
    test = pp.Forward()
    single = (
        (word("ispresent").suppress() + pp.Suppress("(") + field + pp.Suppress(")")).set_parse_action(
            lambda found: _present(found[0])
        )
        | (field + word("like").suppress() + pattern).set_parse_action(
            lambda found: _like(found[0], re.compile(found[1][1:-1]))
        )
        | (field + word("like").suppress() + text).set_parse_action(
            lambda found: _like(found[0], re.compile(re.escape(found[1])))
        )
        | (
            field + word("in").suppress() + pp.Suppress("[") + pp.Group(take(value)) + pp.Suppress("]")
        ).set_parse_action(lambda found: _one_of(found[0], list(found[1])))
        | (field + pp.one_of(list(_COMPARISONS)) + value).set_parse_action(
            lambda found: _compared(found[0], found[1], found[2])
        )
    )
    test <<= pp.infix_notation(  # type: ignore[no-untyped-call]
        single,
        [
            (word("not"), 1, pp.opAssoc.RIGHT, lambda found: _negated(found[0][1])),
            (word("and"), 2, pp.opAssoc.LEFT, lambda found: _all_of(found[0][::2])),
            (word("or"), 2, pp.opAssoc.LEFT, lambda found: _any_of(found[0][::2])),
        ],
    )
    aggregate = pp.Group(
        pp.one_of(list(_AGGREGATES), caseless=True)
        + pp.Suppress("(")
        + (pp.Literal("*") | field)
        + pp.Suppress(")")
        + pp.Optional(word("as").suppress() + field, default="")
    )
    command = (
        (word("filter").suppress() + test).set_parse_action(lambda found: _filter(found[0]))
        | ((word("fields") | word("display")).suppress() + pp.Group(take(field))).set_parse_action(
            lambda found: _Command(stage=lambda rows: rows, shown=tuple(found[0]))
        )
        | (
            word("stats").suppress()
            + pp.Group(take(aggregate))
            + pp.Group(pp.Optional(word("by").suppress() + take(field)))
        ).set_parse_action(lambda found: _stats([tuple(one) for one in found[0]], tuple(found[1])))
        | (
            word("sort").suppress() + field + pp.Optional(word("asc") | word("desc"), default="asc")
        ).set_parse_action(lambda found: _sort(found[0], descending=found[1] == "desc"))
        | (word("limit").suppress() + pp.common.integer).set_parse_action(lambda found: _limit(found[0]))
    )
    return take(command, delim="|")


def _known(found: pp.ParseResults) -> None:
    if found[0].startswith("@") and found[0] not in OWN:
        raise pp.ParseFatalException(f"{found[0]} is not known here")


def _number(value: Scalar) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _present(field: str) -> Test:
    return lambda row: field in row


def _like(field: str, pattern: re.Pattern[str]) -> Test:
    return lambda row: field in row and pattern.search(str(row[field])) is not None


def _one_of(field: str, values: Sequence[Scalar]) -> Test:
    tests = [_compared(field, "=", value) for value in values]
    return lambda row: any(test(row) for test in tests)


def _compared(field: str, sign: str, value: Scalar) -> Test:
    compare = _COMPARISONS[sign]

    def test(row: Row) -> bool:
        if field not in row:
            return sign == "!="
        left, right = _number(row[field]), _number(value)
        if left is None or right is None:
            return compare(str(row[field]), str(value))
        return compare(left, right)

    return test


def _negated(test: Test) -> Test:
    return lambda row: not test(row)


def _all_of(tests: Sequence[Test]) -> Test:
    return lambda row: all(test(row) for test in tests)


def _any_of(tests: Sequence[Test]) -> Test:
    return lambda row: any(test(row) for test in tests)


def _filter(test: Test) -> _Command:
    return _Command(stage=lambda rows: [row for row in rows if test(row)])


def _limit(count: int) -> _Command:
    return _Command(stage=lambda rows: rows[:count])


def _sort(field: str, *, descending: bool) -> _Command:
    """Numbers by size, other values by their text; rows without the field come last."""

    def key(row: Row) -> tuple[bool, float, str]:
        number = _number(row[field])
        return number is not None, number or 0.0, str(row[field])

    def stage(rows: Sequence[Row]) -> Sequence[Row]:
        there = [row for row in rows if field in row]
        return [*sorted(there, key=key, reverse=descending), *(row for row in rows if field not in row)]

    return _Command(stage=stage)


_AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "count": len,
    "sum": sum,
    "max": max,
    "min": min,
    "avg": lambda values: sum(values) / len(values),
}


def _stats(wanted: Sequence[tuple[str, str, str]], by: tuple[str, ...]) -> _Command:
    names = {one: one[2] or f"{one[0]}({one[1]})" for one in wanted}

    def stage(rows: Sequence[Row]) -> Sequence[Row]:
        groups: dict[tuple[Scalar | None, ...], list[Row]] = {}
        for row in rows:
            groups.setdefault(tuple(row.get(field) for field in by), []).append(row)
        return [
            {field: value for field, value in zip(by, values, strict=True) if value is not None}
            | {names[one]: value for one in wanted if (value := _aggregated(one, members)) is not None}
            for values, members in groups.items()
        ]

    return _Command(stage=stage, shown=(*by, *names.values()))


def _aggregated(wanted: tuple[str, str, str], rows: Sequence[Row]) -> float | None:
    function, field, _ = wanted
    if function == "count":
        return sum(field == "*" or field in row for row in rows)
    values = [number for row in rows if field in row and (number := _number(row[field])) is not None]
    return _AGGREGATES[function](values) if values else None
