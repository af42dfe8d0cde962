"""Filter patterns of CloudWatch Logs: terms, and selectors of JSON fields; the rest is refused by name.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import operator
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

import pyparsing as pp

from local.emulator.logs.fields import Row, Scalar, discovered

Matches: TypeAlias = Callable[[str], bool]
_Test: TypeAlias = Callable[[Row], bool]

_SIGNS: dict[str, Callable[[Scalar, Scalar], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class PatternError(Exception):
    """A pattern that is wrong, or of a kind that the emulator does not know; the text says which."""


@lru_cache(maxsize=128)
def parse(pattern: str) -> Matches:
    """A test of messages by a filter pattern.

    Raises:
        PatternError: It is wrong or needs more than is known here.
    """
    text = pattern.strip()
    if "%" in text or text.startswith("["):
        raise PatternError(f"The emulator knows no regular expressions and no columns: {pattern!r}.")
    grammar, test = (_selectors(), _of_json) if text.startswith("{") else (_terms(), _of_text)
    try:
        return test(grammar.parse_string(text, parse_all=True).as_list())
    except pp.ParseBaseException as problem:
        raise PatternError(f"The emulator cannot read the filter pattern {pattern!r}: {problem}.") from None


def _of_text(terms: Sequence[tuple[str, str]]) -> Matches:
    def words(sign: str) -> list[str]:
        return [term for kind, term in terms if kind == sign]

    wanted, some, never = words(""), words("?"), words("-")

    def matches(message: str) -> bool:
        # Optional terms count only when nothing else is asked for.
        any_of_some = not some or bool(wanted) or any(term in message for term in some)
        return (
            all(term in message for term in wanted)
            and any_of_some
            and not any(term in message for term in never)
        )

    return matches


def _of_json(tests: Sequence[_Test]) -> Matches:
    (test,) = tests

    def matches(message: str) -> bool:
        try:
            parsed = json.loads(message)
        except ValueError:
            return False
        return isinstance(parsed, dict) and test(discovered(message))

    return matches


@lru_cache(maxsize=1)
def _terms() -> pp.ParserElement:
    word = pp.QuotedString('"', esc_char="\\") | pp.Regex(r"[^\s\"?-][^\s\"]*")
    term = pp.Optional(pp.one_of("? -"), default="") + word
    return pp.ZeroOrMore(term.set_parse_action(lambda found: (found[0], found[1])))


@lru_cache(maxsize=1)
def _selectors() -> pp.ParserElement:
    field = pp.Suppress("$.") + pp.Regex(r"[A-Za-z_@][\w.@-]*")
    value = pp.common.number | pp.QuotedString('"', esc_char="\\") | pp.Regex(r"[^\s(){}&|]+")
    single = (field + pp.Keyword("NOT") + pp.Keyword("EXISTS")).set_parse_action(
        lambda found: _absent(found[0])
    ) | (field + pp.one_of(list(_SIGNS)) + value).set_parse_action(
        lambda found: _compared(found[0], found[1], found[2])
    )
    both = pp.infix_notation(  # type: ignore[no-untyped-call]
        single,
        [
            ("&&", 2, pp.opAssoc.LEFT, lambda found: _all_of(found[0][::2])),
            ("||", 2, pp.opAssoc.LEFT, lambda found: _any_of(found[0][::2])),
        ],
    )
    selectors: pp.ParserElement = pp.Suppress("{") + both + pp.Suppress("}")
    return selectors


def _absent(field: str) -> _Test:
    return lambda row: field not in row


def _compared(field: str, sign: str, value: Scalar) -> _Test:
    """Numbers as numbers; a text may have `*` for anything. A field that is missing matches nothing."""
    if isinstance(value, str):
        if sign not in {"=", "!="}:
            raise pp.ParseFatalException(f"{sign} compares numbers, {value!r} is none")
        text = re.compile(re.escape(value).replace(r"\*", ".*"), re.DOTALL)
        return lambda row: (
            isinstance(row.get(field), str) and bool(text.fullmatch(str(row[field]))) is (sign == "=")
        )

    def test(row: Row) -> bool:
        found = row.get(field)
        return isinstance(found, (int, float)) and _SIGNS[sign](found, value)

    return test


def _all_of(tests: Sequence[_Test]) -> _Test:
    return lambda row: all(test(row) for test in tests)


def _any_of(tests: Sequence[_Test]) -> _Test:
    return lambda row: any(test(row) for test in tests)
