"""Parses JSON in strings, in every spelling that AWS accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from guardrails.resources.values import SENTINELS, Step, Value, at, block, items, plain, text


def parsed(value: Value, *path: Step) -> Value:
    """What the JSON at the path says; None when there is none or it is no JSON. Raises when it is unknown."""
    found = at(value, *path)
    if not isinstance(found, str):
        return found
    if any(sentinel in found for sentinel in SENTINELS):
        raise UnknownValueError(UNKNOWN_STRING_VALUE, [str(step) for step in path])
    try:
        return plain(json.loads(found))
    except (ValueError, RecursionError):
        return None


def folded(value: Value) -> Value:
    """The value with all keys in lower case: AWS reads many documents without regard to case."""
    if isinstance(value, dict):
        return {key.lower(): folded(member) for key, member in value.items()}
    if isinstance(value, list):
        return [folded(member) for member in value]
    return value


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy document; actions and condition keys are in lower case."""

    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    excludes_principals: bool
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]

    @property
    def allows(self) -> bool:
        """Whether it grants anything."""
        return self.effect == "allow"

    @property
    def to_anybody(self) -> bool:
        """Whether its principal is everybody."""
        return self.excludes_principals or any(value == "*" for _, value in self.principals)

    @property
    def restricted(self) -> bool:
        """Whether some condition narrows down who may use it."""
        return any(_narrows(*condition) for condition in self.conditions)

    def restricted_by(self, keys: frozenset[str]) -> bool:
        """Whether a condition on one of these keys, in lower case, narrows down who may use it."""
        return any(condition[1] in keys and _narrows(*condition) for condition in self.conditions)

    def grants(self, action: str) -> bool:
        """Whether an action, with its service, is among those that it allows."""
        if not self.allows:
            return False
        if self.not_actions:
            return not any(fnmatchcase(action.lower(), pattern) for pattern in self.not_actions)
        return any(fnmatchcase(action.lower(), pattern) for pattern in self.actions)


# Conditions on how a request is made, which anybody can meet.
HOW_NOT_WHO = frozenset(
    {
        *(
            "aws:securetransport",
            "aws:requestedregion",
            "aws:referer",
            "aws:useragent",
            "aws:currenttime",
            "aws:epochtime",
        ),
        *("s3:tlsversion", "s3:x-amz-acl", "s3:prefix", "s3:delimiter", "s3:max-keys", "sqs:messagegroupid"),
    }
)
EVERYTHING = frozenset({"*", "0.0.0.0/0", "::/0", "arn:*", "arn:aws:*"})


def passes_without(operator: str) -> bool:
    """Whether a condition also holds for a request that has no such key."""
    return operator.startswith(("null", "forallvalues:")) or operator.endswith("ifexists")


def _narrows(operator: str, key: str, values: tuple[str, ...]) -> bool:
    if key in HOW_NOT_WHO or "not" in operator or passes_without(operator):
        return False
    return bool(values) and not EVERYTHING & set(values)


def statements(document: Value) -> list[Statement] | None:
    """The statements of a policy document, None when it is none."""
    found = folded(document)
    if not isinstance(found, dict) or "statement" not in found:
        return None
    return [_statement(each) for each in items(found, "statement") if isinstance(each, dict)]


def statements_at(value: Value, *path: Step) -> list[Statement] | None:
    """The statements of the document at the path, None when there is something else."""
    return statements(parsed(value, *path))


def _statement(stated: Value) -> Statement:
    return Statement(
        effect=text(stated, "effect").lower(),
        actions=_lowered(stated, "action"),
        not_actions=_lowered(stated, "notaction"),
        resources=tuple(text(each) for each in items(stated, "resource")),
        not_resources=tuple(text(each) for each in items(stated, "notresource")),
        principals=tuple(_principals(at(stated, "principal"))),
        excludes_principals=at(stated, "notprincipal") is not None,
        conditions=tuple(_conditions(stated)),
    )


def _lowered(stated: Value, key: str) -> tuple[str, ...]:
    return tuple(text(each).lower() for each in items(stated, key))


def _principals(stated: Value) -> Iterator[tuple[str, str]]:
    if isinstance(stated, dict):
        for kind in stated:
            for each in items(stated, kind):
                yield kind, text(each)
    else:
        for each in items(stated):
            yield "aws", text(each)


def _conditions(stated: Value) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    operators = block(stated, "condition")
    for operator in operators:
        keys = block(operators, operator)
        for key in keys:
            yield operator.lower(), key.lower(), tuple(text(each) for each in items(keys, key))


def demands_tls(found: list[Statement], service: str) -> bool:
    """Whether nothing is allowed without TLS: by a denial for everybody, or in each permission."""
    granted = [statement for statement in found if statement.allows]
    in_each = bool(granted) and all(_has_tls(statement, "true") for statement in granted)
    return in_each or bool(plainly_denied(found, service))


def plainly_denied(found: list[Statement], service: str) -> list[str]:
    """The resources on which everything is denied to everybody who comes without TLS."""
    denials = [statement for statement in found if _denies_plain(statement, service)]
    return [resource for statement in denials for resource in statement.resources]


def _denies_plain(statement: Statement, service: str) -> bool:
    everybody = any(value == "*" for _, value in statement.principals)
    everything = {"*", f"{service}:*"} & set(statement.actions)
    # A second condition would let plain requests through that do not meet it.
    alone = len(statement.conditions) == 1
    return bool(
        statement.effect == "deny" and everybody and everything and alone and _has_tls(statement, "false")
    )


def _has_tls(statement: Statement, value: str) -> bool:
    return any(
        operator in {"bool", "boolifexists"}
        and key == "aws:securetransport"
        and [each.lower() for each in values] == [value]
        for operator, key, values in statement.conditions
    )
