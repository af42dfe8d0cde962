"""Reads typed fields out of a JSON object and collects every complaint with its path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
COLOR = re.compile(r"#[0-9a-fA-F]{6}")
HALF_PAIR = re.compile("[\ud800-\udfff]")
SHOWN = 60
ASSET_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class Fields:
    """One JSON object, its path, the complaints that all objects share, and the names read so far."""

    path: str
    values: Mapping[str, object]
    complaints: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def complain(self, name: str, sentence: str) -> None:
        """Add what is wrong with a field."""
        self.complaints.append(f"{self._where(name)} {sentence}")

    def refuse_others(self) -> None:
        """Complain about each field that has not been read; call it after the last read."""
        for name in self.values.keys() - self.read:
            self.complain(
                str(name)[:SHOWN], f"is not a known field; known here: {', '.join(sorted(self.read))}."
            )

    def has(self, name: str) -> bool:
        """Whether the field is there; asking makes it a known field."""
        self.read.add(name)
        return name in self.values

    def get(self, name: str, default: object = None) -> object:
        """The field as it is."""
        return self.values[name] if self.has(name) else default

    def number(self, name: str, *, low: float, high: float, default: float | None = None) -> float:
        """A finite number within bounds."""
        value = self.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124
            self.complain(name, f"must be a number from {low:g} to {high:g}, not {_shown(value)}.")
        elif not low <= value <= high:
            self.complain(name, f"is {_shown(value)}; it must lie between {low:g} and {high:g}.")
        else:
            return value
        return low

    def whole(self, name: str, *, low: int, high: int, default: int | None = None, even: bool = False) -> int:
        """A whole number within bounds, even when asked for."""
        value = self.number(name, low=low, high=high, default=default)
        if value != int(value):
            self.complain(name, f"is {value:g}; it must be a whole number.")
        elif even and value % 2:
            self.complain(name, f"is {value:g}; it must be even (H.264 stores colors for pairs of pixels).")
        return int(value)

    def flag(self, name: str) -> bool:
        """True or false; false when absent."""
        value = self.get(name, False)
        if not isinstance(value, bool):
            self.complain(name, f"must be true or false, not {_shown(value)}.")
        return value is True

    def color(self, name: str, *, default: str | None = None) -> str:
        """A color as #rrggbb; required when there is no default."""
        value = self.get(name, default)
        if isinstance(value, str) and COLOR.fullmatch(value):
            return value.lower()
        self.complain(name, f"must be a color like #1a2b3c, not {_shown(value)}.")
        return default or "#000000"

    def choice(self, name: str, *, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of a few words; required when there is no default."""
        value = self.get(name, default)
        if isinstance(value, str) and value in allowed:
            return value
        self.complain(name, f"must be one of {', '.join(allowed)}, not {_shown(value)}.")
        return allowed[0]

    def text(self, name: str, *, longest: int) -> str:
        """Text with at least one visible character."""
        value = self.get(name)
        if not isinstance(value, str) or not value.strip():
            self.complain(name, f"must be text with at least one visible character, not {_shown(value)}.")
        elif len(value) > longest:
            self.complain(name, f"has {len(value)} characters; at most {longest} are allowed.")
        elif HALF_PAIR.search(value):
            self.complain(name, "holds half of a surrogate pair, which is not text.")
        elif control := CONTROL.search(value):
            self.complain(name, f"holds the control character U+{ord(control[0]):04X}.")
        else:
            return value
        return ""

    def asset(self, name: str) -> str:
        """The id of an asset, which is also its file name."""
        value = self.get(name)
        if isinstance(value, str) and ASSET_ID.fullmatch(value):
            return value
        self.complain(
            name, f"must be an asset id (letters, digits, dot, dash, underscore), not {_shown(value)}."
        )
        return ""

    def child(self, name: str) -> "Fields | None":
        """An optional object in this one."""
        value = self.get(name)
        if value is None:
            return None
        return self.object_at(name, value)

    def object_at(self, name: str, value: object) -> "Fields":
        """A JSON object from inside this one, with its name or index."""
        if not isinstance(value, dict):
            self.complain(name, f"must be an object, not {_shown(value)}.")
            value = {}
        return Fields(path=self._where(name), values=value, complaints=self.complaints)

    def _where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def _shown(value: object) -> str:
    """A value as a complaint may quote it: short, on one line."""
    if value is None:
        return "missing"
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
