"""The keywords that judge one value by itself: each makes, of its argument, a rule for values."""

import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final, TypeAlias

from handlers.jobs.json_schema.values import Json, shown

Rule: TypeAlias = Callable[[Json], str | None]
"""What is wrong with a value, None when nothing is. A rule says nothing of values of other types."""

TYPES: Final[Mapping[str, Callable[[Json], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and value.is_integer())
    ),
    "number": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and math.isfinite(value))
    ),
}


def _minimum(least: Json) -> Rule:
    bound = _number(least)
    return lambda value: (
        f"is {shown(value)}; the minimum is {shown(least)}" if _number(value) < bound else None
    )


def _maximum(most: Json) -> Rule:
    bound = _number(most)
    return lambda value: (
        f"is {shown(value)}; the maximum is {shown(most)}" if _number(value) > bound else None
    )


def _exclusive_minimum(least: Json) -> Rule:
    bound = _number(least)
    return lambda value: (
        f"is {shown(value)}; it must be above {shown(least)}" if _number(value) <= bound else None
    )


def _multiple_of(step: Json) -> Rule:
    if not isinstance(step, (int, float)):
        return lambda _: None
    if step <= 0:
        raise ValueError(f"multipleOf is {shown(step)}; it must be above 0")
    exact = Fraction(repr(step))

    def rule(value: Json) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        whole = isinstance(value, int) and isinstance(step, int)
        # As they are written: in binary, 0.3 is no multiple of 0.1, and whole numbers may exceed every float.
        rest = value % step if whole else Fraction(repr(value)) % exact
        return f"is {shown(value)}; it must be a multiple of {shown(step)}" if rest else None

    return rule


def _const(only: Json) -> Rule:
    return lambda value: None if value == only else f"is {shown(value)}; only {shown(only)} is allowed"


def _enum(allowed: Json) -> Rule:
    choices = allowed if isinstance(allowed, list) else []
    return lambda value: (
        None if value in choices else f"is {shown(value)}; allowed: {', '.join(map(shown, choices))}"
    )


def _pattern(pattern: Json) -> Rule:
    try:
        search = re.compile(str(pattern).replace("$", r"\Z")).search
    except (re.error, OverflowError) as error:
        raise ValueError(f"pattern {shown(pattern)} is no regular expression: {error}") from error
    return lambda value: None if search(str(value)) else f"is {shown(value)}; it must match {pattern}"


def _fewest(unit: str) -> Callable[[Json], Rule]:
    def keyword(least: Json) -> Rule:
        bound = _number(least)
        return lambda value: (
            f"has {_size(value)} {unit}; the minimum is {shown(least)}" if _size(value) < bound else None
        )

    return keyword


def _most(unit: str) -> Callable[[Json], Rule]:
    def keyword(most: Json) -> Rule:
        bound = _number(most)
        return lambda value: (
            f"has {_size(value)} {unit}; the maximum is {shown(most)}" if _size(value) > bound else None
        )

    return keyword


def _number(value: Json) -> float:
    return value if isinstance(value, (int, float)) else math.nan


def _size(value: Json) -> int:
    return len(value) if isinstance(value, (str, list, dict)) else 0


KEYWORDS: Final[Mapping[str, Callable[[Json], Rule]]] = {
    "const": _const,
    "enum": _enum,
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusiveMinimum": _exclusive_minimum,
    "multipleOf": _multiple_of,
    "pattern": _pattern,
    "minLength": _fewest("characters"),
    "maxLength": _most("characters"),
    "minItems": _fewest("entries"),
    "maxItems": _most("entries"),
    "minProperties": _fewest("fields"),
    "maxProperties": _most("fields"),
}
