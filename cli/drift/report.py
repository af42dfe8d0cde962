"""The drift of a stack as text, as Markdown for an issue, and as JSON; no value of a resource is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cli.drift.look import Drift
from cli.impact.losses import LOST_WITH
from cli.impact.preview import Action, Change
from cli.markdown import cell, code, escaped
from cli.policy import markdown as as_comment
from cli.policy import tables
from cli.terminal import printable

_DONE = {Action.UPDATE: "changed", Action.DELETE: "deleted"}
_ROWS = 200
"""How many differences an issue lists; its text may have 65,536 characters."""


def summary(found: Drift) -> str:
    """Sum up in one line."""
    counts = [
        f"{sum(each.action is action for each in found.differences)} {word}" for action, word in _DONE.items()
    ]
    return f"{found.stack}: {'DRIFTED' if found.differences else 'no drift'}; {', '.join(counts)}"


def as_text(found: Drift) -> str:
    """Print a line for each difference and each finding of the audit, each list with its summary."""
    lines = [f"{_DONE[each.action]}: {each.name} ({each.type}){_named(each)}" for each in found.differences]
    shown = "".join(f"{printable(line)}\n" for line in [*lines, summary(found)])
    return shown + tables.report_as_text(found.audit)


def _named(each: Change) -> str:
    return f": {', '.join(each.because)}" if each.because else ""


def as_json(found: Drift) -> str:
    """Print the differences and the outcome of the audit."""
    rows = [
        {"urn": each.urn, "done": _DONE[each.action], "properties": list(each.because)}
        for each in found.differences
    ]
    stated = {"stack": found.stack, "differences": rows, "audit_passed": found.audit.passed}
    return json.dumps(stated, indent=2) + "\n"


def as_markdown(found: Drift) -> str:
    """Write an issue: what differs, how to go on, and the report of the audit."""
    return "\n".join([*_lines(found), as_comment.render(found.audit)])


def _lines(found: Drift) -> Iterator[str]:
    yield f"## Drift: {escaped(summary(found))}\n"
    if not found.differences:
        return
    yield "| Resource | Type | What happened | Properties | Meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for each in found.differences[:_ROWS]:
        names = code(", ".join(each.because)) if each.because else ""
        means = LOST_WITH.get(each.type, "") if each.action is Action.DELETE else ""
        yield f"| {code(each.name)} | {code(each.type)} | {_DONE[each.action]} | {names} | {cell(means)} |"
    if len(found.differences) > _ROWS:
        yield f"\n{len(found.differences) - _ROWS} more are left out here."
    yield (
        f"\n`pulumi up --refresh -s {found.stack}` under the policy pack restores what the program declares; "
        "a change that should stay belongs in the program.\n"
    )
