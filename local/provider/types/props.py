"""Typed access to loosely typed properties: what Pulumi sends and what boto3 answers."""

import json
from collections.abc import Iterator, Mapping
from typing import TypeVar

from local.provider.values import UNKNOWN, Archive, Asset

T = TypeVar("T")


class NotKnownYetError(Exception):
    """A property was read that is decided only when another resource exists."""


class PropertyError(ValueError):
    """A property is missing or has the wrong shape; the text says which and what it should be."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


class Props(Mapping[str, object]):
    """Properties by name; absent and null are the same, and each accessor checks the shape it promises."""

    def __init__(self, raw: Mapping[str, object] | None = None) -> None:
        self.raw = dict(raw or {})

    def __getitem__(self, key: str) -> object:
        return self.raw[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def has(self, key: str) -> bool:
        """Whether the property is given, known or not."""
        return self.raw.get(key) is not None

    def known(self, key: str) -> object:
        """The raw value or None; raises when it is not known yet."""
        value = self.raw.get(key)
        if value is UNKNOWN:
            raise NotKnownYetError(key)
        return value

    def maybe_text(self, key: str) -> str | None:
        """The text, or None when absent."""
        value = self.known(key)
        if value is None:
            return None
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return str(value)
        return _of_type(key, value, str, "a text")

    def text(self, key: str) -> str:
        """The text; it must be given."""
        return _given(key, self.maybe_text(key))

    def maybe_number(self, key: str) -> int | None:
        """The whole number, or None when absent."""
        value = self.known(key)
        if isinstance(value, str) and value.lstrip("-").isdigit():
            return int(value)
        if isinstance(value, bool):
            raise PropertyError(key, f"{value!r} is not a number")
        return None if value is None else _of_type(key, value, int, "a whole number")

    def number(self, key: str) -> int:
        """The whole number; it must be given."""
        return _given(key, self.maybe_number(key))

    def maybe_amount(self, key: str) -> float | None:
        """The number with decimals, or None when absent."""
        value = self.known(key)
        if isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                raise PropertyError(key, f"{value!r} is not a number") from None
        if isinstance(value, int | float):
            return float(value)
        return None if value is None else _of_type(key, value, float, "a number")

    def maybe_flag(self, key: str) -> bool | None:
        """The truth value, or None when absent."""
        value = self.known(key)
        if value in {"true", "false"}:
            return value == "true"
        return None if value is None else _of_type(key, value, bool, "true or false")

    def flag(self, key: str, *, default: bool = False) -> bool:
        """The truth value, or the default when absent."""
        value = self.maybe_flag(key)
        return default if value is None else value

    def items_of(self, key: str) -> list[object]:
        """The list, empty when absent."""
        value = self.known(key)
        items = [] if value is None else _of_type(key, value, list, "a list")
        if UNKNOWN in items:
            raise NotKnownYetError(key)
        return items

    def texts(self, key: str) -> list[str]:
        """The list of texts, empty when absent."""
        return [Props({key: item}).text(key) for item in self.items_of(key)]

    def blocks(self, key: str) -> list["Props"]:
        """The list of nested property sets, empty when absent."""
        return [Props(_of_type(key, item, dict, "an object")) for item in self.items_of(key)]

    def block(self, key: str) -> "Props":
        """The nested property set, empty (and false) when absent; a list of one is taken as that one."""
        value = self.known(key)
        if isinstance(value, list):
            value = value[0] if value else None
        return Props() if value is None else Props(_of_type(key, value, dict, "an object"))

    def mapping(self, key: str) -> dict[str, str]:
        """The map from text to text, empty when absent."""
        inner = self.block(key)
        return {name: inner.text(name) for name in inner if inner.has(name)}

    def file(self, key: str) -> Asset | Archive | None:
        """The asset or archive, or None when absent."""
        value = self.known(key)
        if value is None or isinstance(value, Asset | Archive):
            return value
        raise PropertyError(key, "is not a file; give pulumi.FileAsset, StringAsset or an archive")

    def json(self, key: str) -> object:
        """The value of the JSON text, or None when absent."""
        text = self.maybe_text(key)
        try:
            return None if text is None else json.loads(text)
        except ValueError as error:
            raise PropertyError(key, f"is not JSON ({error})") from None


def _given(key: str, value: T | None) -> T:
    if value is None:
        raise PropertyError(key, "is required and was not given")
    return value


def _of_type(key: str, value: object, kind: type[T], expected: str) -> T:
    if isinstance(value, kind):
        return value
    if value is UNKNOWN:
        raise NotKnownYetError(key)
    raise PropertyError(key, f"must be {expected}, not {type(value).__name__}")
