"""Decides about a call as IAM does, from policy documents: the subset of its language that this project uses.

It knows actions and resources with wildcards, allow and deny, and the condition operators below, with
`ForAllValues:`, `ForAnyValue:` and `...IfExists`. Whatever else a document says is an error: a test that
passed over it would prove nothing. Source: IAM user guide, "Policy evaluation logic", "IAM JSON policy
elements: Condition operators" and "Multivalued context keys"; tests/test_iam.py has cases from there.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Context = Mapping[str, str | Sequence[str]]
_KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition"}
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda given, wanted: given == wanted,
    "StringLike": lambda given, wanted: matches(wanted, given),
    "ArnLike": lambda given, wanted: matches(wanted, given),
    "Bool": lambda given, wanted: given.lower() == wanted.lower(),
}
_NEGATED = {"StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "ArnNotLike": "ArnLike"}


@dataclass(frozen=True, kw_only=True)
class Request:
    """A call: its action, the resource that it is about, and the values of its condition keys."""

    action: str
    resource: str = "*"
    keys: Context = field(default_factory=dict)


def allowed(statements: Iterable[Mapping[str, Any]], request: Request) -> bool:
    """Whether a statement allows the request and none denies it."""
    effects = {one["Effect"] for one in statements if _applies(one, request)}
    return effects == {"Allow"}


def permitted(
    documents: Iterable[str], action: str, resource: str = "*", context: Context | None = None
) -> bool:
    """Whether identity policies together allow a call on a resource; a star in the call is a character."""
    statements = [one for document in documents for one in json.loads(document)["Statement"]]
    return allowed(statements, Request(action=action, resource=resource, keys=context or {}))


def trusted(document: str, claims: Mapping[str, str]) -> bool:
    """Whether a trust lets the holder of a token with these claims take the role."""
    (statement,) = json.loads(document)["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    provider = statement["Principal"]["Federated"].partition("oidc-provider/")[2]
    context = {f"{provider}:{claim}": value for claim, value in claims.items()}
    return statement["Effect"] == "Allow" and _holds(statement["Condition"], context)


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` and `?`, and no others."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    if unknown := statement.keys() - _KNOWN:
        raise ValueError(f"the evaluator does not know {sorted(unknown)}")
    return (
        any(matches(one.lower(), request.action.lower()) for one in _many(statement["Action"]))
        and any(matches(one, request.resource) for one in _many(statement["Resource"]))
        and _holds(statement.get("Condition", {}), request.keys)
    )


def _holds(conditions: Mapping[str, Mapping[str, object]], context: Context) -> bool:
    return all(
        _met(operator, context.get(key), _many(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _met(operator: str, given: str | Sequence[str] | None, wanted: Sequence[str]) -> bool:
    quantifier, _, name = operator.rpartition(":")
    lenient, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    negated = name in _NEGATED
    compare = _OPERATORS[_NEGATED.get(name, name)]

    def fits(value: str) -> bool:
        return any(compare(value, one) for one in wanted) is not negated

    if given is None:
        return lenient or negated or quantifier == "ForAllValues"
    if quantifier == "ForAllValues":
        return all(map(fits, _many(given)))
    assert quantifier in {"", "ForAnyValue"}, operator
    if not quantifier and len(_many(given)) != 1:
        raise ValueError(f"{operator} compares one value; ForAllValues: or ForAnyValue: compare {given}")
    return any(map(fits, _many(given)))


def _many(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]  # type: ignore[attr-defined]
