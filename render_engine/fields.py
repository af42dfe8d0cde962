"""Reads typed fields out of a JSON object and collects every complaint with its path."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
COLOR = re.compile(r"#[0-9a-fA-F]{6}")
HALF_PAIR = re.compile("[\ud800-\udfff]")
SHOWN = 60
ASSET_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class Fields:
    """One JSON object, where it stands, and the list of complaints that all readers share."""

    path: str
    values: Mapping[str, object]
    complaints: list[str] = field(default_factory=list)

    def complain(self, name: str, sentence: str) -> None:
        """Notes what is wrong with a field."""
        self.complaints.append(f"{self._where(name)} {sentence}")

    def only(self, allowed: Collection[str]) -> None:
        """Refuses fields that nobody reads."""
        for name in self.values:
            if name not in allowed:
                self.complain(
                    str(name)[:SHOWN], f"is not a known field; known here: {', '.join(sorted(allowed))}."
                )

    def number(self, name: str, *, low: float, high: float, default: float | None = None) -> float:
        """A finite number within bounds."""
        value = self.values.get(name, default)
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
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            self.complain(name, f"must be true or false, not {_shown(value)}.")
        return value is True

    def color(self, name: str, *, default: str) -> str:
        """A color as #rrggbb."""
        value = self.values.get(name, default)
        if isinstance(value, str) and COLOR.fullmatch(value):
            return value.lower()
        self.complain(name, f"must be a color like #1a2b3c, not {_shown(value)}.")
        return default

    def choice(self, name: str, *, allowed: tuple[str, ...], default: str) -> str:
        """One of a few words."""
        value = self.values.get(name, default)
        if isinstance(value, str) and value in allowed:
            return value
        self.complain(name, f"must be one of {', '.join(allowed)}, not {_shown(value)}.")
        return default

    def text(self, name: str, *, longest: int) -> str:
        """Words, at least one visible character."""
        value = self.values.get(name)
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
        value = self.values.get(name)
        if isinstance(value, str) and ASSET_ID.fullmatch(value):
            return value
        self.complain(
            name, f"must be an asset id (letters, digits, dot, dash, underscore), not {_shown(value)}."
        )
        return ""

    def child(self, name: str) -> "Fields | None":
        """An optional object inside this one."""
        value = self.values.get(name)
        if value is None:
            return None
        return self.object_at(name, value)

    def object_at(self, name: str, value: object) -> "Fields":
        """A JSON object found at a place inside this one."""
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
    words = repr(value)
    return words if len(words) <= SHOWN else f"{words[:SHOWN]}..."
