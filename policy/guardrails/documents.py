"""JSON that lies in strings: parsed in one place, tolerant of every spelling that AWS takes."""

from __future__ import annotations

import json

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from guardrails.values import SENTINELS, Step, Value, at, plain


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
