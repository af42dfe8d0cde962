"""Filter criteria of event source mappings: which records reach a function (no side effects).

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

import json
from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt
from typing import TypeAlias

# What JSON holds, read only.
Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

_COMPARISONS = {"=": eq, ">": gt, ">=": ge, "<": lt, "<=": le}


class FilterError(Exception):
    """A pattern uses something that is not known here."""


def parse(patterns: Sequence[str]) -> list[Mapping[str, Json]]:
    """Patterns as they are deployed: JSON texts."""
    return [json.loads(pattern) for pattern in patterns]


def passes(record: Mapping[str, Json], patterns: Sequence[Mapping[str, Json]]) -> bool:
    """Whether a record matches one of the patterns; without patterns every record passes."""
    return not patterns or any(_matches(record, pattern) for pattern in patterns)


def _matches(value: Json, pattern: Mapping[str, Json]) -> bool:
    inside = value if isinstance(value, Mapping) else {}
    for key, wanted in pattern.items():
        if key == "$or" and isinstance(wanted, Sequence):
            if not any(isinstance(one, Mapping) and _matches(inside, one) for one in wanted):
                return False
        elif isinstance(wanted, Mapping):
            if not _matches(inside.get(key), wanted):
                return False
        elif not _one_of(inside, key, wanted):
            return False
    return True


def _one_of(inside: Mapping[str, Json], key: str, wanted: Json) -> bool:
    if not isinstance(wanted, Sequence) or isinstance(wanted, str):
        raise FilterError(f"The pattern says {key}: {wanted!r}; a list of allowed values is expected.")
    return any(_allowed(inside.get(key), key in inside, one) for one in wanted)


def _allowed(value: Json, exists: bool, wanted: Json) -> bool:  # noqa: FBT001 - one half of the value
    if not isinstance(wanted, Mapping):
        return exists and value == wanted and isinstance(value, bool) is isinstance(wanted, bool)
    ((operator, operand),) = wanted.items()
    if operator == "exists":
        return exists is bool(operand)
    if operator not in _OPERATORS:
        known = ", ".join(["exists", *sorted(_OPERATORS)])
        raise FilterError(f"The pattern's operator {operator!r} is not known here; {known} are.")
    return exists and _OPERATORS[operator](value, operand)


def _is_not(value: Json, operand: Json) -> bool:
    refused = operand if isinstance(operand, Sequence) and not isinstance(operand, str) else [operand]
    return value not in refused


def _compares(value: Json, operand: Json) -> bool:
    if not isinstance(value, (int, float, str)) or not isinstance(operand, Sequence):
        return False
    try:
        number = float(value)
    except ValueError:
        return False
    signs, bounds = operand[::2], operand[1::2]
    return all(
        _COMPARISONS[str(sign)](number, float(str(bound))) for sign, bound in zip(signs, bounds, strict=True)
    )


_OPERATORS: Mapping[str, Callable[[Json, Json], bool]] = {
    "anything-but": _is_not,
    "equals-ignore-case": lambda value, operand: str(value).lower() == str(operand).lower(),
    "numeric": _compares,
    "prefix": lambda value, operand: str(value).startswith(str(operand)),
    "suffix": lambda value, operand: str(value).endswith(str(operand)),
}
