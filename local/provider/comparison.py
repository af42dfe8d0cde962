"""When two property values mean the same: what the program wants against what the emulated AWS says."""

import json
from collections.abc import Mapping
from typing import Final

from local.provider.values import Archive, Asset

EXACT: Final = frozenset({"tags", "tagsAll", "variables", "dimensions", "parameters"})


def same(left: object, right: object) -> bool:
    """Whether two inputs are equal; absent and null are the same, files are compared by their hash."""
    if isinstance(left, Asset | Archive) and isinstance(right, Asset | Archive) and left.hash and right.hash:
        return left.hash == right.hash
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return all(same(left.get(key), right.get(key)) for key in {*left, *right})
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def changed_keys(old: Mapping[str, object], new: Mapping[str, object]) -> frozenset[str]:
    """The properties that differ between two sets of inputs."""
    return frozenset(key for key in {*old, *new} if not same(old.get(key), new.get(key)))


def covers(want: object, have: object, *, exact: bool = False) -> bool:
    """Whether what exists is what is wanted.

    AWS answers with more fields than it was given, with lists in its own order, with numbers as texts and
    with policy documents re-formatted; none of these is drift. Maps whose keys the user chooses are compared
    exactly.
    """
    if _empty(want):
        return _empty(have) or (isinstance(want, Mapping) and not exact)
    if isinstance(want, Mapping):
        return isinstance(have, Mapping) and _covers_mapping(want, have, exact=exact)
    if isinstance(want, list):
        return isinstance(have, list) and len(want) == len(have) and _covers_items(want, have)
    return want == have or _spelled(want) == _spelled(have)


def _covers_mapping(want: Mapping[str, object], have: Mapping[str, object], *, exact: bool) -> bool:
    if exact and {key for key in have if not _empty(have[key])} - {*want}:
        return False
    return all(covers(value, have.get(key), exact=key in EXACT) for key, value in want.items())


def _covers_items(want: list[object], have: list[object]) -> bool:
    rest = list(have)
    for item in want:
        match = next((index for index, other in enumerate(rest) if covers(item, other)), None)
        if match is None:
            return False
        del rest[match]
    return True


def _empty(value: object) -> bool:
    return value is None or value in ("", [], {}) or value is False


def _spelled(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e6 else str(value)  # noqa: PLR2004  %g loses digits above
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
