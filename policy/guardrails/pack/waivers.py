"""Exceptions from rules: reviewed, reasoned, owned, and at an end some day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from guardrails.pack import handwritten

FILE = Path(__file__).parents[2] / "waivers.yaml"
FIELDS = ("rule", "resource", "reason", "owner", "expires")
# A day as one writes it; YAML makes a point in time of one that has hours as well.
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T][\d:.+Z-]+)?")
URN_OF_STACK = re.compile(r"urn:pulumi:([^:]+)::")
# The rule that judges waivers cannot be waived.
UNWAIVABLE = frozenset({"waiver-valid"})


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One exception from one rule, for the resources whose URN or name matches a glob."""

    rule: str
    resource: str
    reason: str
    owner: str
    expires: date

    def in_force(self, today: date) -> bool:
        """Whether it still holds; the day of its expiry is its last."""
        return today <= self.expires

    def covers(self, rule: str, urn: str, name: str = "") -> bool:
        """Whether it speaks of this rule and this resource."""
        return rule == self.rule and self.matches(urn, name)

    def matches(self, urn: str, name: str = "") -> bool:
        """Whether it speaks of this resource."""
        last = urn.rsplit("::", 1)[-1]
        return any(fnmatchcase(candidate, self.resource) for candidate in {urn, last, name} if candidate)

    def speaks_of(self, stack: str) -> bool:
        """Whether it may speak of resources of this stack; a glob for URNs can name another."""
        named = URN_OF_STACK.match(self.resource)
        return named is None or fnmatchcase(stack, named[1])

    def note(self) -> str:
        """How it is shown next to what it excuses."""
        return f"Waived until {self.expires} by {self.owner} ({self.reason.rstrip('.')}): "


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """An entry that excuses nothing, and why."""

    entry: str
    problem: str


def today() -> date:
    """The day by which waivers end."""
    return datetime.now(UTC).date()


def from_file(path: Path = FILE) -> list[object]:
    """The entries of the file, a text instead of one when it cannot be read."""
    try:
        said = handwritten.of_yaml(path.read_text(encoding="utf-8")) if path.exists() else None
    except handwritten.StatedTwiceError as twice:
        return [f"{path.name}: {twice}"]
    except (yaml.YAMLError, UnicodeDecodeError):
        return [f"{path.name} is not YAML"]
    except OSError as unreadable:
        return [f"{path.name} cannot be read ({unreadable.strerror})"]
    if isinstance(said, dict) and set(said) != {"waivers"}:
        return [f"{path.name} has the keys {', '.join(map(str, said)) or 'none'}; it must have waivers alone"]
    entries = said["waivers"] if isinstance(said, dict) else said
    return list(entries) if isinstance(entries, list) else [] if entries is None else [entries]


def read(entries: Iterable[object]) -> tuple[list[Waiver], list[Malformed]]:
    """The waivers among the entries, and those that are none."""
    good: list[Waiver] = []
    bad: list[Malformed] = []
    for index, entry in enumerate(entries, start=1):
        found = _read(entry, f"entry {index}")
        if isinstance(found, Waiver):
            good.append(found)
        else:
            bad.append(found)
    return good, bad


def _read(entry: object, where: str) -> Waiver | Malformed:
    if not isinstance(entry, dict):
        return Malformed(entry=where, problem=entry if isinstance(entry, str) else "it is no mapping")
    fields = {field: " ".join(str(entry.get(field) or "").split()) for field in FIELDS}
    where = f"{where} ({fields['rule'] or '?'} for {fields['resource'] or '?'})"
    absent = [field for field, value in fields.items() if not value]
    if absent:
        return Malformed(entry=where, problem=f"it lacks {', '.join(absent)}")
    surplus = sorted(str(key) for key in entry if key not in FIELDS)
    if surplus:
        return Malformed(entry=where, problem=f"it has the unknown keys {', '.join(surplus)}")
    if fields["rule"] in UNWAIVABLE:
        return Malformed(entry=where, problem="this rule cannot be waived")
    day = DAY.fullmatch(fields["expires"])
    try:
        expires = date.fromisoformat(day[1] if day else "")
    except ValueError:
        return Malformed(entry=where, problem="expires is no date such as 2027-01-31")
    return Waiver(
        rule=fields["rule"],
        resource=fields["resource"],
        reason=fields["reason"],
        owner=fields["owner"],
        expires=expires,
    )
