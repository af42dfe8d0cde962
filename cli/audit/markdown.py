"""The report for people: a comment on a change, or the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cli.audit.report import Report
from cli.audit.verdict import Diagnostic


def render(report: Report) -> str:
    """The report as Markdown."""
    return "\n".join([*_lines(report), ""])


def _lines(report: Report) -> Iterator[str]:
    yield f"## Policies: {'passed' if report.passed else 'failed'}\n"
    yield f"{report.summary()}.\n"
    yield from _part(report, "Violations", report.violations, opened=True)
    yield from _part(report, "Could not be decided before the deployment", report.undecided, opened=True)
    yield from _part(report, "Waived", report.waived, opened=True)
    yield from _part(report, "Advice", report.advice, opened=False)


def _part(report: Report, title: str, said: Sequence[Diagnostic], *, opened: bool) -> Iterator[str]:
    if not said:
        return
    yield f"<details{' open' if opened else ''}><summary>{title} ({len(said)})</summary>\n"
    yield "| Rule | Severity | Resource | Finding |"
    yield "| --- | --- | --- | --- |"
    for each in sorted(said, key=lambda found: (found.policy, found.urn)):
        info = report.policy(each.policy)
        name = f"[{each.policy}]({info.url})" if info else each.policy
        resource = f"`{each.resource}`"
        yield f"| {name} | {each.severity or '-'} | {_cell(resource)} | {_cell(each.finding)} |"
    yield "\n</details>\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
