"""A trace as one HTML file that needs nothing else: a waterfall of its spans, and every row below. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from cli.trace.facts import Facts
from cli.trace.lanes import lanes_of, took
from cli.trace.span import Span
from cli.trace.summary import Summary
from cli.trace.timeline import UNREAD, Row

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1e25;--soft:#5f6675;--line:#dfe3ea;--wash:#eef1f5;--page:#fff;
--work:#2463a8;--wait:#d99a2b;--error:#b42318}
@media (prefers-color-scheme:dark){:root{--ink:#e4e7ee;--soft:#98a1b3;--line:#2f343f;--wash:#252a33;
--page:#16181e;--work:#74abeb;--wait:#e3ab52;--error:#f28b80}}
body{font:14px/1.5 -apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;margin:1.6rem auto;
max-width:75rem;padding:0 1.4rem;color:var(--ink);background:var(--page)}
h1{font-size:1.35rem;margin:0 0 .8rem} h2{font-size:1.05rem;margin:1.8rem 0 .6rem}
code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.92em}
dl{display:flex;flex-wrap:wrap;gap:.5rem 2.2rem;margin:0} dt{color:var(--soft);font-size:.85em} dd{margin:0}
table{border-collapse:collapse;width:100%} td{padding:.2rem .8rem .2rem 0;vertical-align:top;
border-top:1px solid var(--line);overflow-wrap:anywhere} tr.unread td{color:var(--wait)}
td:nth-child(-n+3){white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}
td:nth-child(3){color:var(--ink)}
.bars{display:grid;grid-template-columns:minmax(9rem,18rem) 1fr 5rem;gap:.3rem 1rem;align-items:center}
.lane{position:relative;height:1rem;background:var(--wash);border-radius:3px;overflow:hidden}
.lane i{position:absolute;top:0;bottom:0;min-width:2px;background:var(--work)}
.lane i.error{background:var(--error)} .lane i.wait{background:var(--wait)}
.took{text-align:right;font-variant-numeric:tabular-nums;color:var(--soft)}
.name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;color:var(--soft)}
.name b{font-weight:600;color:var(--ink)}
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
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in about.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(job.id)}</title>'
        f"<style>{_STYLE}</style><h1>Render <code>{escape(job.id)}</code></h1><dl>{listed}</dl>"
        f"<h2>Spans</h2>{_waterfall(spans)}<h2>Timeline (UTC)</h2>{_table(rows)}"
        f"<p>Read by {len(facts.calls)} calls: {escape(', '.join(sorted(set(facts.calls))))}.</p></html>\n"
    )


def _waterfall(spans: Sequence[Span]) -> str:
    began = min(span.began for span in spans)
    whole = max(span.began + span.seconds for span in spans) - began
    bars = []
    for lane in lanes_of(spans):
        first, drawn = lane[0], "".join(_bar(span, began, whole) for span in lane)
        bars.append(
            f'<div class="name" title="{escape(first.name)}"><b>{escape(first.service)}</b> '
            f'{escape(first.name)}</div><div class="lane">{drawn}</div>'
            f'<div class="took">{took(lane, 3)}</div>'
        )
    return f'<div class="bars">{"".join(bars)}</div>'


def _bar(span: Span, began: float, whole: float) -> str:
    kind = "error" if span.error else "wait" if span.key.startswith("wait") else ""
    left, width = (span.began - began) / whole * 100, span.seconds / whole * 100
    return (
        f'<i class="{kind}" title="{escape(span.error or f"{span.seconds:.3f} s")}" '
        f'style="left:{left:.2f}%;width:{width:.2f}%"></i>'
    )


def _table(rows: Sequence[Row]) -> str:
    cells = "".join(
        f"<tr{' class=unread' if row.what == UNREAD else ''}><td>{row.time}</td><td>{escape(row.source)}</td>"
        f"<td>{escape(row.what)}</td><td>{escape(row.detail)}</td></tr>"
        for row in rows
    )
    return f"<table>{cells}</table>"
