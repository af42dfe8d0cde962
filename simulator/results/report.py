"""The result as text rows, as JSON, and as one HTML file that needs nothing else."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from statistics import fmean
from typing import TypeAlias

from simulator.compare import Comparison
from simulator.results.goals import Traces, goal_results
from simulator.score import Score, mean

HEADINGS = (
    "policy",
    "p50 s",
    "p95 s",
    "p99 s",
    "max s",
    "hours",
    "x bound",
    "cost",
    "launches",
    "killed",
    "lost",
)

STYLE = (
    "body{font:14px system-ui;margin:2em;max-width:1100px}table{border-collapse:collapse;margin:1em 0}"
    "td,th{padding:2px 9px;text-align:right;border-bottom:1px solid #ddd}"
    "td:first-child,th:first-child{text-align:left}tr.ours{background:#fbeef0}"
    "img{max-width:100%}.missed{color:#b03a48}"
)

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def title(found: Traces) -> str:
    """What was played, and what a clairvoyant pays for it."""
    first = found[0].case
    seeds = ", ".join(str(one.case.seed) for one in found)
    jobs = fmean(len(one.case.trace) for one in found)
    hours = fmean(one.bound.seconds for one in found) / 3600
    means = f", means of the seeds {seeds}" if len(found) > 1 else ""
    return f"{first.name}{means}: {jobs:.0f} jobs, bound {hours:.0f} instance-hours"


def rows(found: Traces) -> list[tuple[str, ...]]:
    """One row per policy, the published ones first; of several traces the mean of those played on each."""
    played = [(*one.published, *(score for _, score in one.ours)) for one in found]
    alike = [
        [score for scores in played for score in scores if score.policy == one.policy] for one in played[0]
    ]
    return [_row(found, mean(scores)) for scores in alike if len(scores) == len(found)]


def _row(found: Traces, score: Score) -> tuple[str, ...]:
    return (
        score.policy,
        f"{score.p50:.0f}",
        f"{score.p95:.0f}",
        f"{score.p99:.0f}",
        f"{score.longest:.0f}",
        f"{score.hours:.1f}",
        f"{score.hours * 3600 / fmean(one.bound.seconds for one in found):.2f}",
        f"{score.cost:.0f}",
        str(score.launches),
        str(score.kills),
        str(score.lost),
    )


def as_json(results: Sequence[Traces]) -> list[Json]:
    """Everything, for programs. The goals are those of all traces of a kind of load."""
    return [
        {**_played(one), "goals": [asdict(result) for result in goal_results(found)]}
        for found in results
        for one in found
    ]


def _played(found: Comparison) -> dict[str, Json]:
    return {
        "case": found.case.name,
        "seed": found.case.seed,
        "jobs": len(found.case.trace),
        "bound_hours": found.bound.seconds / 3600,
        "work_hours": found.case.trace.work_s / 3600,
        "policies": [asdict(score) for score in found.published],
        "ours": [{"objective_s": objective, **asdict(score)} for objective, score in found.ours],
    }


def as_html(results: Sequence[Traces], pictures: Sequence[tuple[str, bytes]]) -> str:
    """One page with all tables, goals and pictures inside."""
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Scaler</title><style>{STYLE}</style>"
    ]
    parts.append("<h1>Scaler simulation</h1>")
    for name, png in pictures:
        parts.append(
            f"<h2>{escape(name)}</h2><img alt='{escape(name)}' src='data:image/png;base64,{_text(png)}'>"
        )
    for found in results:
        parts.append(f"<h2>{escape(title(found))}</h2>")
        parts.append("<table><tr>" + "".join(f"<th>{heading}</th>" for heading in HEADINGS) + "</tr>")
        for row in rows(found):
            kind = " class='ours'" if row[0].startswith("clip-it") else ""
            parts.append(f"<tr{kind}>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>")
        parts.append("</table><ul>")
        for result in goal_results(found):
            word = "met" if result.met else "missed"
            parts.append(f"<li class='{word}'>({result.goal}) {word}: {escape(result.text)}</li>")
        parts.append("</ul>")
    return "\n".join([*parts, "</html>"])


def _text(data: bytes) -> str:
    return b64encode(data).decode()
