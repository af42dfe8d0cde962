"""Plain values in place of the SDK's proxies; an unknown leaf stays a marker until a rule touches it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, Union

from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
)

SENTINELS = frozenset(
    {
        UNKNOWN_ARCHIVE_VALUE,
        UNKNOWN_ARRAY_VALUE,
        UNKNOWN_ASSET_VALUE,
        UNKNOWN_BOOLEAN_VALUE,
        UNKNOWN_NUMBER_VALUE,
        UNKNOWN_OBJECT_VALUE,
        UNKNOWN_STRING_VALUE,
    }
)
# Written by the provider bridge next to real keys; it says which values were filled in.
BRIDGE_KEY = "__defaults"

Item = TypeVar("Item")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Unknown:
    """A value that only the deployment will know; judging it raises what the SDK raised."""

    error: UnknownValueError


@dataclass(frozen=True)
class Opaque:
    """An asset or archive: it is there, and no rule looks inside."""


Value: TypeAlias = Union[bool, int, float, str, Unknown, Opaque, "list[Value]", "dict[str, Value]", None]
Block: TypeAlias = dict[str, "Value"]
Step: TypeAlias = str | int


def plain(value: object, path: tuple[str, ...] = ()) -> Value:
    """The value without proxies, without the bridge's own keys, with markers for what is unknown."""
    if isinstance(value, str):
        return Unknown(UnknownValueError(value, list(path))) if value in SENTINELS else value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _member(value, key, path) for key in value if key != BRIDGE_KEY}
    if isinstance(value, Sequence):
        return [_member(value, index, path) for index in range(len(value))]
    return Opaque()


def _member(holder: Mapping[str, object] | Sequence[object], key: Step, path: tuple[str, ...]) -> Value:
    try:
        return plain(holder[key], (*path, str(key)))  # type: ignore[index]
    except UnknownValueError as unknown:
        return Unknown(unknown)


def _walk(value: Value, path: tuple[Step, ...]) -> Value:
    for step in path:
        if isinstance(value, Unknown):
            return value
        if isinstance(step, str) and isinstance(value, list) and len(value) == 1:
            value = value[0]  # a block that may occur once comes as itself or as a list of one
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        elif not isinstance(value, Unknown):
            return None
    return value


def at(value: Value, *path: Step) -> Value:
    """What lies at the path, None when nothing does; raises when it is unknown."""
    found = _walk(value, path)
    if isinstance(found, Unknown):
        raise found.error
    return found


def unknown(value: Value, *path: Step) -> bool:
    """Whether the value at the path is left to the deployment."""
    return isinstance(_walk(value, path), Unknown)


def present(value: Value, *path: Step) -> bool:
    """Whether the program states something here: a reference counts, although its value is unknown."""
    found = _walk(value, path)
    if isinstance(found, str):
        return bool(found.strip())
    return found not in (None, [], {})


def text(value: Value, *path: Step) -> str:
    """The text at the path, empty when there is none; numbers and booleans in their usual spelling."""
    found = at(value, *path)
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, float) and found.is_integer():
        return str(int(found))
    if isinstance(found, int | float):
        return str(found)
    return found.strip() if isinstance(found, str) else ""


def number(value: Value, *path: Step) -> float | None:
    """The number at the path, also when it comes as text; None when there is none."""
    found = at(value, *path)
    if isinstance(found, bool):
        return None
    if isinstance(found, int | float):
        return float(found)
    if isinstance(found, str):
        try:
            return float(found)
        except ValueError:
            return None
    return None


def flag(value: Value, *path: Step) -> bool | None:
    """The boolean at the path, also when it comes as text; None when there is none."""
    found = at(value, *path)
    if isinstance(found, bool):
        return found
    if isinstance(found, str) and found.strip().lower() in {"true", "false"}:
        return found.strip().lower() == "true"
    if isinstance(found, int | float) and found in {0, 1}:
        return bool(found)
    return None


def items(value: Value, *path: Step) -> list[Value]:
    """The elements at the path; a single value counts as a list of one."""
    found = at(value, *path)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def block(value: Value, *path: Step) -> Block:
    """The mapping at the path, empty when there is none; a list of one mapping counts as the mapping."""
    found = at(value, *path)
    if isinstance(found, list) and len(found) == 1:
        found = at(found, 0)
    return found if isinstance(found, dict) else {}


def in_turn(*parts: Iterable[Item]) -> Iterator[Item]:
    """All parts to their end; an unknown in one is raised only after the others had their say."""
    postponed: UnknownValueError | None = None
    for part in parts:
        try:
            yield from part
        except UnknownValueError as error:
            postponed = postponed or error
    if postponed:
        raise postponed


def each(elements: Iterable[Item], check: Callable[[Item], Iterable[Found]]) -> Iterator[Found]:
    """The check of every element; one that is unknown does not hide the others."""
    return in_turn(*(_checked(element, check) for element in elements))


def _checked(element: Item, check: Callable[[Item], Iterable[Found]]) -> Iterator[Found]:
    # A check that reads its element at once raises in its own turn, not before the others had theirs.
    yield from check(element)


def any_of(elements: Iterable[Item], test: Callable[[Item], bool]) -> bool:
    """Whether some element passes; an unknown matters only when no other passes."""
    postponed: UnknownValueError | None = None
    for element in elements:
        try:
            if test(element):
                return True
        except UnknownValueError as error:
            postponed = postponed or error
    if postponed:
        raise postponed
    return False


def all_of(*tests: Callable[[], bool]) -> bool:
    """Whether every test passes; an unknown matters only when no other fails."""
    return not any_of(tests, lambda test: not test())
