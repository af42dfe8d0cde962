"""Frozen dataclasses as JSON and back, so that a decision can be recorded and taken again."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
T = TypeVar("T")


def to_json(value: object) -> Json:
    """Any value of the scaler in the shape `json` writes, without the nothings that are defaults.

    A thousand instances have to fit into one log event (256 KB).
    """
    if is_dataclass(value) and not isinstance(value, type):
        shown = {one.name: getattr(value, one.name) for one in fields(value) if not _is_nothing(one, value)}
        return {name: to_json(inner) for name, inner in shown.items()}
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, Mapping):
        return {str(key): to_json(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [to_json(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} has no place in a record of the scaler")


def _is_nothing(one: "Field[object]", value: object) -> bool:
    """None, False, zero or empty, and so by default as well."""
    return one.default is not MISSING and not one.default and getattr(value, one.name) == one.default


def dumps(value: object) -> str:
    """A value as compact JSON text."""
    return json.dumps(to_json(value), separators=(",", ":"))


def from_json(kind: type[T], data: Json) -> T:
    """The value of this type that the JSON describes.

    Raises:
        ValueError: naming every field that is missing, unknown or of the wrong type.
    """
    wrong: list[str] = []
    value = _read(kind, data, kind.__name__, wrong)
    if wrong:
        raise ValueError("; ".join(wrong))
    return cast("T", value)


def loads(kind: type[T], text: str) -> T:
    """The value of this type in JSON text.

    Raises:
        ValueError: not JSON, or not of this type.
    """
    return from_json(kind, json.loads(text))


@cache
def _hints(kind: type) -> dict[str, object]:
    return get_type_hints(kind)


def _read(kind: object, data: Json, where: str, wrong: list[str]) -> object:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _one_of(inner, data, where, wrong)
    if origin is Literal:
        return data if data in inner else _refuse(where, data, f"one of {inner}", wrong)
    if origin is tuple:
        return _tuple(inner, data, where, wrong)
    if origin is Mapping:
        return _mapping(inner[1], data, where, wrong)
    return _plain(cast("type", kind), data, where, wrong)


def _mapping(inner: object, data: Json, where: str, wrong: list[str]) -> object:
    if not isinstance(data, dict):
        return _refuse(where, data, "an object", wrong)
    return MappingProxyType({key: _read(inner, one, f"{where}.{key}", wrong) for key, one in data.items()})


def _plain(kind: type, data: Json, where: str, wrong: list[str]) -> object:
    if is_dataclass(kind):
        return _record(kind, data, where, wrong)
    if issubclass(kind, Enum):
        known = [one.value for one in kind]
        return kind(data) if data in known else _refuse(where, data, f"one of {known}", wrong)
    if kind is NoneType:
        return None if data is None else _refuse(where, data, "null", wrong)
    if kind is float and isinstance(data, int | float) and not isinstance(data, bool):
        return float(data)
    if kind in (bool, int, str) and type(data) is kind:
        return data
    return _refuse(where, data, kind.__name__, wrong)


def _record(kind: type, data: Json, where: str, wrong: list[str]) -> object:
    if not isinstance(data, dict):
        return _refuse(where, data, "an object", wrong)
    known = {one.name: one for one in fields(kind)}
    before = len(wrong)
    wrong.extend(f"{where}.{name} is unknown" for name in sorted(set(data) - set(known) - _retired(kind)))
    required = {
        name for name, one in known.items() if one.default is MISSING and one.default_factory is MISSING
    }
    wrong.extend(f"{where}.{name} is missing" for name in sorted(required - set(data)))
    hints = _hints(kind)
    values = {
        name: _read(hints[name], data[name], f"{where}.{name}", wrong) for name in known if name in data
    }
    if len(wrong) > before:
        return None
    try:
        return kind(**values)
    except ValueError as error:
        wrong.append(str(error))
        return None


def _retired(kind: type) -> frozenset[str]:
    """Names that earlier records of this type have and that mean nothing any more."""
    retired: frozenset[str] = getattr(kind, "RETIRED", frozenset())
    return retired


def _tuple(inner: tuple[object, ...], data: Json, where: str, wrong: list[str]) -> object:
    if not isinstance(data, list):
        return _refuse(where, data, "a list", wrong)
    kinds = (inner[0],) * len(data) if inner[-1] is Ellipsis else inner
    if len(kinds) != len(data):
        return _refuse(where, data, f"a list of {len(kinds)}", wrong)
    return tuple(
        _read(one, value, f"{where}[{n}]", wrong)
        for n, (one, value) in enumerate(zip(kinds, data, strict=True))
    )


def _one_of(kinds: tuple[object, ...], data: Json, where: str, wrong: list[str]) -> object:
    for kind in kinds:
        tried: list[str] = []
        value = _read(kind, data, where, tried)
        if not tried:
            return value
    return _refuse(where, data, " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds), wrong)


def _refuse(where: str, data: Json, wanted: str, wrong: list[str]) -> object:
    wrong.append(f"{where} is {json.dumps(data)[:80]}, must be {wanted}")
    return None
