"""Recorded decisions of a running fleet, taken again with today's code."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TypeAlias

from handlers.scaler.codec import from_json
from handlers.scaler.decision import Decision, Limits, Snapshot, decide

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

EVENT = "scaler_decided"
COMPARED = ("desired", "raise_to", "drain", "replace", "code")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One recorded decision that would be another one today."""

    taken_at: float
    field: str
    recorded: str
    today: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Replay:
    """How many decisions were taken again, and what differs."""

    decisions: int
    skipped: int
    differences: tuple[Difference, ...]


def replay(lines: Iterable[str], limits: Limits | None = None) -> Replay:
    """Take each recorded decision again, with its own limits or with these.

    Lines are log records as CloudWatch exports them, one JSON object each; others are skipped.
    """
    decisions = skipped = 0
    differences: list[Difference] = []
    for record in _records(lines):
        try:
            snapshot = from_json(Snapshot, record["snapshot"])
            chosen = limits or from_json(Limits, record["limits"])
            recorded = record["decision"]
        except (KeyError, ValueError):
            skipped += 1
            continue
        decisions += 1
        if isinstance(recorded, Mapping):
            differences += _differences(snapshot, decide(snapshot, chosen), recorded)
    return Replay(decisions=decisions, skipped=skipped, differences=tuple(differences))


def _records(lines: Iterable[str]) -> Iterator[dict[str, Json]]:
    for line in lines:
        begin = line.find("{")
        try:
            record = json.loads(line[begin:]) if begin >= 0 else None
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("message") == EVENT:
            yield record


def _recorded(decision: Mapping[str, Json], name: str) -> Json:
    """A part of a recorded decision; older records name some of the replaced instances under `reuse`."""
    value = decision.get(name)
    older = decision.get("reuse") if name == "replace" else None
    return [*older, *value] if isinstance(older, list) and isinstance(value, list) else value


def _differences(snapshot: Snapshot, today: Decision, recorded: Mapping[str, Json]) -> Iterator[Difference]:
    known = {one.name for one in fields(Decision)}
    for name in COMPARED:
        value = getattr(today, name) if name in known else None
        now = json.dumps(list(value) if isinstance(value, tuple) else value)
        before = json.dumps(_recorded(recorded, name))
        if now != before:
            yield Difference(
                taken_at=snapshot.taken_at, field=name, recorded=before, today=now, reason=today.reason
            )
