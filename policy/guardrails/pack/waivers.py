"""Waivers: reviewed exceptions from rules, with a reason, an owner and an end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from guardrails.clock import today
from guardrails.pack import handwritten

FILE = Path(__file__).parents[2] / "waivers.yaml"
FIELDS = ("rule", "resource", "reason", "owner", "expires")
# A date, or a date with a time.
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ Tt] ?([\d:.+Z -]+))?")
# A waiver is reviewed again within a year and a day.
LONGEST = timedelta(days=366)
URN_OF_STACK = re.compile(r"urn:pulumi:([^:]+)::")
# The rule about waivers cannot be waived.
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
        """Whether it is still valid; the day of its expiry is its last."""
        return today <= self.expires

    def covers(self, rule: str, urn: str, name: str = "") -> bool:
        """Whether it covers this rule and this resource."""
        return rule == self.rule and self.matches(urn, name)

    def matches(self, urn: str, name: str = "") -> bool:
        """Whether it covers this resource."""
        last = urn.rsplit("::", 1)[-1]
        return any(fnmatchcase(candidate, self.resource) for candidate in {urn, last, name} if candidate)

    def speaks_of(self, stack: str) -> bool:
        """Whether it can cover resources of this stack; a glob for URNs can name another stack."""
        named = URN_OF_STACK.match(self.resource)
        return named is None or fnmatchcase(stack, named[1])

    def note(self) -> str:
        """The note next to a finding that it excuses."""
        return f"Waived until {self.expires} by {self.owner} ({self.reason.rstrip('.')}): "


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """An invalid entry, and why."""

    entry: str
    problem: str


def from_file(path: Path = FILE) -> list[object]:
    """The entries of the file, or a complaint if it cannot be read."""
    try:
        stated = handwritten.as_written(path.read_text(encoding="utf-8")) if path.exists() else None
    except handwritten.StatedTwiceError as twice:
        return _unusable(f"{path.name}: {twice}")
    except (handwritten.NotYamlError, UnicodeDecodeError) as broken:
        reason = broken if isinstance(broken, handwritten.NotYamlError) else "it is not encoded in UTF-8"
        return _unusable(f"{path.name} is not YAML: {reason}")
    except OSError as unreadable:
        return _unusable(f"{path.name} cannot be read ({unreadable.strerror})")
    return _entries(stated, path.name)


def _entries(stated: object, name: str) -> list[object]:
    if isinstance(stated, dict) and set(stated) != {"waivers"}:
        keys = ", ".join(map(str, stated)) or "none"
        return _unusable(f"{name} has the keys {keys}; it must have only waivers")
    entries = stated["waivers"] if isinstance(stated, dict) else stated
    if entries is None or isinstance(entries, list):
        return list(entries or [])
    return _unusable(f"{name} must hold a list of waivers, and holds {_shown(entries)}")


def _unusable(problem: str) -> list[object]:
    return [Malformed(entry="the file", problem=problem)]


def _shown(value: object) -> str:
    return _text(value)[:60] or f"a {type(value).__name__}"


def read(entries: Iterable[object]) -> tuple[list[Waiver], list[Malformed]]:
    """The valid waivers among the entries, and the invalid entries."""
    good: list[Waiver] = []
    bad: list[Malformed] = []
    for index, entry in enumerate(entries, start=1):
        found = entry if isinstance(entry, Malformed) else _read(entry, f"entry {index}")
        if isinstance(found, Waiver):
            good.append(found)
        else:
            bad.append(found)
    return good, bad


def _read(entry: object, where: str) -> Waiver | Malformed:
    if not isinstance(entry, dict):
        return Malformed(entry=where, problem="it is not a mapping")
    fields = {field: _text(entry.get(field)) for field in FIELDS}
    where = f"{where} ({fields['rule'] or '?'} for {fields['resource'] or '?'})"
    expires = _day(fields["expires"])
    problem = next(_problems(entry, fields, expires), "")
    if problem or expires is None:
        return Malformed(entry=where, problem=problem)
    return Waiver(
        rule=fields["rule"],
        resource=fields["resource"],
        reason=fields["reason"],
        owner=fields["owner"],
        expires=expires,
    )


def _problems(entry: dict[object, object], fields: dict[str, str], expires: date | None) -> Iterator[str]:
    nested = [field for field in FIELDS if isinstance(entry.get(field), dict | list | set)]
    if nested:
        yield f"{', '.join(nested)} must be a string"
    absent = [field for field, value in fields.items() if not value]
    if absent:
        yield f"it lacks {', '.join(absent)}"
    unknown = sorted(str(key)[:60] for key in entry if key not in FIELDS)
    if unknown:
        yield f"it has the unknown keys {', '.join(unknown)}"
    if fields["rule"] in UNWAIVABLE:
        yield "this rule cannot be waived"
    last = today() + LONGEST
    if expires is None:
        yield f"expires is {fields['expires'][:30]}, which is not a date such as 2027-01-31"
    elif expires > last:
        yield f"it ends on {expires}; a waiver may last {LONGEST.days} days, until {last} at most"


def _text(value: object) -> str:
    """A scalar on one line, or nothing for a collection."""
    return " ".join(str(value).split()) if isinstance(value, str | int | float | date) else ""


def _day(stated: str) -> date | None:
    written = DAY.fullmatch(stated)
    try:
        if written and written[2]:
            time.fromisoformat(written[2].replace(" ", ""))
        return date.fromisoformat(written[1]) if written else None
    except ValueError:  # a day that the calendar lacks, or a time that the day lacks
        return None
