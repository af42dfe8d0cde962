"""The changes as text for a terminal, as Markdown for a comment, and as JSON for a program."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.impact.losses import Impact, Judged, judge
from cli.impact.preview import Preview
from cli.markdown import LONGEST_COMMENT, cell, code, escaped
from cli.terminal import printable

TITLES = {
    Impact.DANGER: "Danger: what holds data or traffic is deleted, replaced or no longer guarded",
    Impact.ROLLS: "Rolls: what runs is replaced or runs again, one after the other",
    Impact.ROUTINE: "Routine",
}
INCOMPLETE = "The run ended with an error: there may be more changes than these."


@dataclass(frozen=True, kw_only=True)
class Report:
    """The changes of a preview with their impact."""

    preview: Preview
    judged: tuple[Judged, ...]

    @classmethod
    def of(cls, preview: Preview) -> Report:
        """Judge every change of a preview."""
        return cls(preview=preview, judged=tuple(judge(change) for change in preview.changes))

    def having(self, impact: Impact) -> list[Judged]:
        """Select the changes of one impact, by name."""
        found = [each for each in self.judged if each.impact is impact]
        return sorted(found, key=lambda each: (each.change.type, each.change.name))

    def summary(self) -> str:
        """Sum up in one line."""
        actions = Counter(str(each.change.action) for each in self.judged)
        impacts = [f"{len(self.having(impact))} {impact}" for impact in (Impact.DANGER, Impact.ROLLS)]
        counts = [f"{count} to {action}" for action, count in sorted(actions.items())]
        left = f"{self.preview.unchanged} unchanged"
        return f"{self.preview.stack or 'stack'}: {', '.join(impacts)}; {', '.join([*counts, left])}"


def as_text(report: Report) -> str:
    """Print a line for each change, the gravest first, then the summary."""
    lines = [
        f"{each.impact}: {each.change.action} {each.change.name} ({each.change.type})"
        + (f": {each.reason}" if each.reason else "")
        for impact in Impact
        for each in report.having(impact)
    ]
    left = [] if report.preview.complete else [INCOMPLETE]
    return "".join(f"{printable(line)}\n" for line in [*lines, *left, report.summary()])


def as_json(report: Report) -> str:
    """Print the changes with impact and reason; the values of inputs are not shown."""
    rows = [
        {
            "urn": each.change.urn,
            "action": each.change.action,
            "because": list(each.change.because),
            "impact": each.impact,
            "reason": each.reason,
        }
        for impact in Impact
        for each in report.having(impact)
    ]
    stated = {"stack": report.preview.stack, "complete": report.preview.complete, "changes": rows}
    return json.dumps(stated, indent=2) + "\n"


def as_markdown(report: Report) -> str:
    """Write a comment; danger comes first, and routine is left out first where it becomes too long."""
    head = [f"## Changes: {escaped(report.summary())}\n"]
    if not report.preview.complete:
        head.append(f"**{INCOMPLETE}**\n")
    lines, left = list(head), LONGEST_COMMENT - sum(map(len, head))
    for impact in Impact:
        lines += (part := list(_part(impact, report.having(impact), left)))
        left -= sum(len(line) + 1 for line in part)
    return "\n".join([*lines, ""])


def _part(impact: Impact, judged: Sequence[Judged], left: int) -> Iterator[str]:
    if not judged:
        return
    opened = "" if impact is Impact.ROUTINE else " open"
    yield f"<details{opened}><summary>{TITLES[impact]} ({len(judged)})</summary>\n"
    yield "| Resource | Type | Action | Because of | What it means |"
    yield "| --- | --- | --- | --- | --- |"
    rows = list(_rows(judged, left))
    yield from rows
    if len(rows) < len(judged):
        yield f"\n{len(judged) - len(rows)} more are left out here, for the length of a comment."
    yield "\n</details>\n"


def _rows(judged: Sequence[Judged], left: int) -> Iterator[str]:
    for each in judged:
        change = each.change
        because = code(", ".join(change.because)) if change.because else ""
        cells = (code(change.name), code(change.type), change.action, because, cell(each.reason))
        row = f"| {' | '.join(cells)} |"
        left -= len(row) + 1
        if left < 0:
            return
        yield row
