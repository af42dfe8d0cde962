"""Rules and reports as lines for terminals and pipes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from guardrails.catalogue import RULES
from guardrails.pack import levels

from cli.exits import CommandError, Exit
from cli.policy.diagnostics import Diagnostic, Level, PolicyInfo
from cli.policy.report import Report, in_force
from cli.terminal import printable


def policies() -> tuple[PolicyInfo, ...]:
    """The rules as the pack presents them."""
    return tuple(
        PolicyInfo(
            name=rule.id,
            title=rule.title,
            description=rule.description,
            level=Level(rule.level.value),
            severity=rule.severity.value,
            kind="resource" if hasattr(rule, "applies_to") else "stack",
            references=", ".join(rule.references),
            why=rule.why,
            fix=rule.fix,
            url=rule.url,
            defaults={option.name: option.default for option in rule.options},
        )
        for rule in RULES
    )


def report_of(subject: str, stack: str, found: tuple[Diagnostic, ...]) -> Report:
    """Make a report of diagnostics, at the levels of a stack."""
    known = policies()
    return Report(
        subject=subject, policies=known, diagnostics=found, levels=in_force(levels.load(stack), known)
    )


def require_sound_levels(stack: str) -> None:
    """Refuse levels that the CLI would take in silence and misread.

    Raises:
        CommandError: There is no such file, or it has problems.
    """
    try:
        problems = levels.problems(levels.load(stack), RULES)
    except FileNotFoundError as problem:
        raise CommandError(f"{problem}; choose one with --stack", Exit.USAGE) from problem
    except ValueError as problem:
        raise CommandError(f"policy/levels/{stack}.json: {problem}") from problem
    if problems:
        raise CommandError("\n".join(f"policy/levels/{stack}.json: {problem}" for problem in problems))


def rules_as_json() -> str:
    """The rules with their levels as JSON."""
    stated = {stack: levels.load(stack) for stack in levels.stacks()}
    rows = [
        {
            "id": rule.id,
            "title": rule.title,
            "severity": rule.severity.value,
            "references": list(rule.references),
            "levels": {stack: levels.level_of(loaded, rule) for stack, loaded in stated.items()},
        }
        for rule in RULES
    ]
    return json.dumps(rows, indent=2) + "\n"


def rules_as_text() -> str:
    """The rules with their levels as a table."""
    stated = {stack: levels.load(stack) for stack in levels.stacks()}
    head = ("rule", "severity", *stated, "title")
    rows = [
        (
            rule.id,
            rule.severity.value,
            *(levels.level_of(loaded, rule) for loaded in stated.values()),
            rule.title,
        )
        for rule in RULES
    ]
    return "".join(f"{line}\n" for line in [*_columns([head, *rows]), f"{len(rows)} rules"])


def report_as_text(report: Report, *, more: str = "") -> str:
    """The findings, the most severe first, and one line about the outcome."""
    parts = (
        ("violation", report.violations),
        ("undecided", report.undecided),
        ("waived", report.waived),
        ("mended", report.mended),
        ("advice", report.advice),
    )
    lines = [f"weaker: {_on_one_line(sentence)}" for sentence in report.weaker]
    lines += [line for word, diagnostics in parts for line in _rows(word, diagnostics)]
    summary = f"{report.summary()}; {more}" if more else report.summary()
    judged = f"; {_judged(report)}"
    return "".join(f"{line}\n" for line in [*lines, summary + judged])


def _judged(report: Report) -> str:
    """How many rules judged, and which a level has taken out."""
    disabled = sorted(one.name for one in report.policies if report.level(one.name) is Level.DISABLED)
    known = len(report.policies)
    if not disabled:
        return f"all {known} rules judged"
    return f"{known - len(disabled)} of {known} rules judged, without {', '.join(disabled)}"


def _rows(word: str, diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    for each in sorted(diagnostics, key=lambda found: (found.policy, found.urn)):
        yield f"{word}: {each.policy} [{each.severity or '-'}] {_on_one_line(each.finding)}"


def _on_one_line(text: str) -> str:
    """The text without terminal control characters."""
    return printable(" ".join(text.split()))


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
