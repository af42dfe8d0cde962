"""Decides about a call as IAM does, from policy documents: the subset of its language that this project uses.

A denial wins; else some statement must allow. Source: IAM user guide, "Policy evaluation logic" and "IAM JSON
policy elements: Condition operators". An operator or element that is not here is an error, not a guess.
"""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Context = Mapping[str, str | list[str]]


def allowed(
    documents: Iterable[str], action: str, resource: str = "*", context: Context | None = None
) -> bool:
    """Whether identity policies together allow a call on a resource; a star in the call is a character."""
    matching = [
        statement
        for document in documents
        for statement in json.loads(document)["Statement"]
        if _covers(statement["Action"], action, fold=True)
        and _covers(statement["Resource"], resource)
        and _holds(statement.get("Condition", {}), context or {})
    ]
    effects = {statement["Effect"] for statement in matching}
    return effects == {"Allow"}


def trusted(document: str, claims: Mapping[str, str]) -> bool:
    """Whether a trust lets the holder of a token with these claims take the role."""
    (statement,) = json.loads(document)["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    provider = statement["Principal"]["Federated"].partition("oidc-provider/")[2]
    context = {f"{provider}:{claim}": value for claim, value in claims.items()}
    return statement["Effect"] == "Allow" and _holds(statement["Condition"], context)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _covers(patterns: Any, name: str, *, fold: bool = False) -> bool:
    name = name.lower() if fold else name
    return any(_like(pattern.lower() if fold else pattern, name) for pattern in _listed(patterns))


def _like(pattern: str, text: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _holds(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    return all(
        _met(operator, _listed(wanted), context.get(key))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _met(operator: str, wanted: list[str], given: str | list[str] | None) -> bool:
    quantifier, _, plain = operator.rpartition(":")
    tests = {
        "StringEquals": lambda value: value in wanted,
        "StringLike": lambda value: any(_like(one, value) for one in wanted),
        "ArnLike": lambda value: any(_like(one, value) for one in wanted),
        "Bool": lambda value: value in wanted,
    }
    test, values = tests[plain], [] if given is None else _listed(given)
    if quantifier == "ForAllValues":
        return all(map(test, values))
    assert quantifier in {"", "ForAnyValue"}, operator
    return any(map(test, values))
