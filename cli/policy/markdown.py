"""The report for people: a comment on a change, or the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cli.markdown import LONGEST_COMMENT, cell, code, escaped
from cli.policy.diagnostics import Diagnostic
from cli.policy.report import Report

EXPLAIN = "`clipit policy explain RULE` says what a rule demands, why, and how to comply."


def render(report: Report) -> str:
    """The report as Markdown, short enough for a comment; the most severe findings come first."""
    kept: list[str] = []
    left = LONGEST_COMMENT
    for line in _lines(report):
        row = line.startswith("| ")
        if row and len(line) > left:
            continue
        left -= len(line) + 1
        kept.append(line)
    rows = sum(line.startswith("| `") for line in kept)
    if rows < len(report.diagnostics):
        kept.append(f"{len(report.diagnostics) - rows} more are left out to keep the comment short.\n")
    return "\n".join([*kept, ""])


def _lines(report: Report) -> Iterator[str]:
    yield f"## Policies: {'passed' if report.passed else 'failed'}\n"
    yield f"{escaped(report.summary())}.\n"
    yield from (f"- Weaker than the base: {escaped(sentence)}\n" for sentence in report.weaker)
    yield from _part("Violations", report.violations, opened=True)
    yield from _part("Undecided before the deployment", report.undecided, opened=True)
    yield from _part("Waived", report.waived, opened=True)
    yield from _part("Remediated by the pack in every deployment", report.mended, opened=True)
    yield from _part("Advice", report.advice, opened=False)
    if report.diagnostics:
        yield f"{EXPLAIN}\n"


def _part(title: str, diagnostics: Sequence[Diagnostic], *, opened: bool) -> Iterator[str]:
    if not diagnostics:
        return
    yield f"<details{' open' if opened else ''}><summary>{title} ({len(diagnostics)})</summary>\n"
    yield "| Rule | Severity | Resource | Finding |"
    yield "| --- | --- | --- | --- |"
    for each in sorted(diagnostics, key=lambda found: (found.policy, found.urn)):
        cells = (
            code(each.policy),
            escaped(each.severity or "-"),
            code(each.resource),
            cell(each.finding),
        )
        yield f"| {' | '.join(cells)} |"
    yield "\n</details>\n"
