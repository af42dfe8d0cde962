"""Evaluates identity policies as IAM does, as far as this project's documents go.

It knows actions and resources with wildcards, allow and deny, and the condition operators below, with
`ForAllValues:`, `ForAnyValue:` and `...IfExists`. Whatever else a document says raises an error: a test that
passed over it would prove nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

_KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition"}
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda given, wanted: given == wanted,
    "StringLike": lambda given, wanted: matches(wanted, given),
    "StringNotEquals": lambda given, wanted: given != wanted,
    "ArnLike": lambda given, wanted: matches(wanted, given),
    "Bool": lambda given, wanted: given.lower() == wanted.lower(),
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """A call: its action, the resource that it is about, and the values of its condition keys."""

    action: str
    resource: str
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)


def allowed(statements: Iterable[Mapping[str, Any]], request: Request) -> bool:
    """Whether a statement allows the request and none denies it."""
    effects = [one["Effect"] for one in statements if _applies(one, request)]
    return "Allow" in effects and "Deny" not in effects


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` and `?`, and no others."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    if unknown := statement.keys() - _KNOWN:
        raise NotImplementedError(f"the evaluator does not know {unknown}")
    return (
        any(matches(one.lower(), request.action.lower()) for one in _many(statement["Action"]))
        and any(matches(one, request.resource) for one in _many(statement["Resource"]))
        and all(
            _holds(operator, request.keys.get(key), _many(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: str, given: Sequence[str] | None, wanted: Sequence[str]) -> bool:
    """IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys"."""
    quantifier, _, name = operator.rpartition(":")
    lenient = name.endswith("IfExists")
    compare = _OPERATORS[name.removesuffix("IfExists")]

    def fits(value: str) -> bool:
        return any(compare(value, one) for one in wanted)

    if quantifier == "ForAllValues":
        return all(map(fits, given or ()))
    if given is None:
        return lenient
    return any(map(fits, given)) if quantifier == "ForAnyValue" else all(map(fits, given))


def _many(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
