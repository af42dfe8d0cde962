"""Reads the pack's diagnostics from an event log, or from the JSON of `pulumi policy analyze`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cli.event_log import Event, EventLogError, events_in, of_kind, summary_of
from cli.policy.diagnostics import Diagnostic, Level, stack_in
from cli.policy.manifest import manifest

# Messages contain Pulumi's markup for colors.
MARKUP = re.compile(r"<\{%.*?%\}>")
# How Pulumi marks errors, and the last line of a program's traceback.
ERRORS = frozenset({"error", "info#err"})
SHOWN = 600


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
    events = events_in(text)
    end = summary_of(events)
    pack, packs = str(manifest()["name"]), end.get("PolicyPacks")
    names = {str(name).split("|", 1)[0] for name in packs} if isinstance(packs, dict) else set()
    if pack not in names:
        had = f"only {', '.join(sorted(names))}" if names else "none"
        raise EventLogError(
            f"the run was without the policy pack {pack} (it had {had}); give --policy-pack policy"
        )
    diagnostics = [_finding(event) for event in of_kind(events, "policyEvent") if event.get("policyName")]
    diagnostics += [
        _mended(event) for event in of_kind(events, "policyRemediationEvent") if event.get("policyName")
    ]
    complaint = _complaint(events)
    failed = end["result"] != "succeeded" if end.get("result") else bool(complaint)
    if failed and not any(each.level.binding for each in diagnostics):
        raise RunFailedError(complaint or "it gives no reason")
    return Run(stack=stack_in(text), diagnostics=tuple(diagnostics))


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
    errors = [_text(each) for each in of_kind(events, "diagnosticEvent") if each.get("severity") in ERRORS]
    return " ".join(" ".join(errors).split())[-SHOWN:]


def _text(event: Event) -> str:
    text = MARKUP.sub("", str(event.get("message") or "")).strip()
    return text.encode("utf-8", errors="replace").decode("utf-8")  # JSON may hold halves of characters


def _level(stated: str) -> Level:
    """The level; some versions of Pulumi write `warning` for `advisory`."""
    return Level(stated.lower()) if stated.lower() in set(Level) else Level.ADVISORY
