"""A trace as one HTML file that needs nothing else: a waterfall of its spans, and every row below. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from cli.trace.facts import Facts
from cli.trace.span import Span
from cli.trace.summary import Summary
from cli.trace.timeline import UNREAD, Row

_STYLE = """
body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1b1b1f}
h1{font-size:1.3rem} h2{font-size:1.05rem;margin-top:2rem} code{font-family:ui-monospace,monospace}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem} dt{color:#5a5a66} dd{margin:0}
table{border-collapse:collapse;width:100%} td{padding:.15rem .6rem .15rem 0;vertical-align:top}
td:first-child{white-space:nowrap;font-variant-numeric:tabular-nums} tr.unread td{color:#8a5a00}
.bars{display:grid;grid-template-columns:16rem 1fr 5rem;gap:.15rem .8rem;align-items:center}
.lane{position:relative;height:.9rem;background:#f1f1f4}
.lane i{position:absolute;top:0;bottom:0;min-width:2px;background:#3b6ea8}
.lane i.error{background:#b3382c} .lane i.wait{background:#b9b9c6}
.took{text-align:right;font-variant-numeric:tabular-nums} .name{overflow:hidden;text-overflow:ellipsis}
"""


def page(facts: Facts, rows: Sequence[Row], spans: Sequence[Span], summary: Summary) -> str:
    """The whole file."""
    job = facts.job
    about = {
        "state": job.state.value,
        "fleet": job.fleet,
        "attempt": str(job.attempt),
        "trace": job.trace_id,
        "submitted": f"{datetime.fromtimestamp(job.created_at, UTC):%Y-%m-%d %H:%M:%S} UTC",
        **dict(line.split(maxsplit=1) for line in summary.as_text().splitlines()),
        "calls": f"{len(facts.calls)}: {', '.join(sorted(set(facts.calls)))}",
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in about.items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(job.id)}</title>'
        f"<style>{_STYLE}</style><h1>Render <code>{escape(job.id)}</code></h1><dl>{listed}</dl>"
        f"<h2>Spans</h2>{_waterfall(spans)}<h2>Timeline (UTC)</h2>{_table(rows)}</html>\n"
    )


def _waterfall(spans: Sequence[Span]) -> str:
    began = min(span.began for span in spans)
    whole = max(span.began + span.seconds for span in spans) - began
    bars = []
    for span in sorted(spans, key=lambda one: one.began):
        kind = "error" if span.error else "wait" if span.key.startswith("wait") else ""
        left, width = (span.began - began) / whole * 100, span.seconds / whole * 100
        bars.append(
            f'<div class="name" title="{escape(span.error or span.name)}">{escape(span.service)}: '
            f'{escape(span.name)}</div><div class="lane"><i class="{kind}" '
            f'style="left:{left:.2f}%;width:{width:.2f}%"></i></div>'
            f'<div class="took">{span.seconds:.3f} s</div>'
        )
    return f'<div class="bars">{"".join(bars)}</div>'


def _table(rows: Sequence[Row]) -> str:
    cells = "".join(
        f"<tr{' class=unread' if row.what == UNREAD else ''}><td>{row.time}</td><td>{escape(row.source)}</td>"
        f"<td>{escape(row.what)}</td><td>{escape(row.detail)}</td></tr>"
        for row in rows
    )
    return f"<table>{cells}</table>"
