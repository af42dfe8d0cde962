"""Reads the pack's diagnostics from an event log, or from the JSON of `pulumi policy analyze`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cli.policy.diagnostics import Diagnostic, Level, stack_in
from cli.policy.manifest import manifest

# Messages contain Pulumi's markup for colors.
MARKUP = re.compile(r"<\{%.*?%\}>")
# How Pulumi marks errors, and the last line of a program's traceback.
ERRORS = frozenset({"error", "info#err"})
SHOWN = 600
Event: TypeAlias = Mapping[str, object]


class EventLogError(ValueError):
    """The text is not an event log of a complete run with the pack."""


class RunFailedError(RuntimeError):
    """The run failed for another reason than a policy; the message is Pulumi's."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One preview, update or analysis: its stack, empty when unknown, and the pack's diagnostics."""

    stack: str
    diagnostics: tuple[Diagnostic, ...]


def read(text: str) -> Run:
    """Read a log, with one event per line or all in one document.

    Raises EventLogError for a file that is no log, an interrupted run, and a run without the pack, and
    RunFailedError for a run that failed although no policy stopped it: none of them passes.
    """
    events = list(_events(text))
    end = next(iter(_of_kind(events, "summaryEvent")), None)
    if end is None:
        raise EventLogError("it has no summary at its end; the run was interrupted, or this is another file")
    pack, packs = str(manifest()["name"]), end.get("PolicyPacks")
    names = {str(name).split("|", 1)[0] for name in packs} if isinstance(packs, dict) else set()
    if pack not in names:
        had = f"only {', '.join(sorted(names))}" if names else "none"
        raise EventLogError(
            f"the run was without the policy pack {pack} (it had {had}); give --policy-pack policy"
        )
    diagnostics = [_finding(event) for event in _of_kind(events, "policyEvent") if event.get("policyName")]
    diagnostics += [
        _mended(event) for event in _of_kind(events, "policyRemediationEvent") if event.get("policyName")
    ]
    complaint = _complaint(events)
    failed = end["result"] != "succeeded" if end.get("result") else bool(complaint)
    if failed and not any(each.level.binding for each in diagnostics):
        raise RunFailedError(complaint or "it gives no reason")
    return Run(stack=stack_in(text), diagnostics=tuple(diagnostics))


def _events(text: str) -> Iterator[Event]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = list(_lines(text))
    if isinstance(whole, dict):
        whole = whole.get("events", [whole])
    if not isinstance(whole, list):
        raise EventLogError("it is JSON, but holds no events; give the file of --event-log")
    yield from (event for event in whole if isinstance(event, dict))


def _lines(text: str) -> Iterator[object]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    for number, line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as broken:
            last = number > 1 and number == lines[-1][0]
            problem = (
                "is cut off; the run was broken off" if last else "is no JSON; give the file of --event-log"
            )
            raise EventLogError(f"line {number} {problem}") from broken


def _of_kind(events: Sequence[Event], kind: str) -> Iterator[Event]:
    yield from (found for event in events if isinstance(found := event.get(kind), dict))


def _finding(event: Event) -> Diagnostic:
    return Diagnostic(
        policy=str(event["policyName"]),
        level=_level(str(event.get("enforcementLevel") or "")),
        message=_text(event),
        urn=str(event.get("resourceUrn") or ""),
        severity=str(event.get("severity") or "").lower(),
    )


def _mended(event: Event) -> Diagnostic:
    before, after = event.get("before"), event.get("after")
    return Diagnostic.mending(
        str(event["policyName"]),
        str(event.get("resourceUrn") or ""),
        before if isinstance(before, dict) else {},
        after if isinstance(after, dict) else {},
    )


def _complaint(events: Sequence[Event]) -> str:
    errors = [_text(each) for each in _of_kind(events, "diagnosticEvent") if each.get("severity") in ERRORS]
    return " ".join(" ".join(errors).split())[-SHOWN:]


def _text(event: Event) -> str:
    text = MARKUP.sub("", str(event.get("message") or "")).strip()
    return text.encode("utf-8", errors="replace").decode("utf-8")  # JSON may hold halves of characters


def _level(stated: str) -> Level:
    """The level; some versions of Pulumi write `warning` for `advisory`."""
    return Level(stated.lower()) if stated.lower() in set(Level) else Level.ADVISORY
