"""A render as its page shows it: a waterfall, its waits colored by reason, and the last log lines. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.console.words import ago
from cli.stack_place import StackPlace
from cli.trace.facts import Facts, ScalerDecision
from cli.trace.span import Span
from cli.trace.spans import spans_of
from cli.trace.summary import summary_of
from cli.trace.timeline import Row, rows
from handlers.jobs.ids import JOB_ID, job_id_of

WIDTH, ROW = 640.0, 20.0
_NARROWEST = 1.5
_LAST_LINES = 12
_TRACE_HEX = 32


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A piece of a lane; `tone` is work, error, or the wait's reason."""

    x: float
    width: float
    tone: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One span."""

    y: float
    service: str
    name: str
    took: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True)
class RenderView:
    """One render; texts are ready to be shown."""

    id: str
    state: str
    about: tuple[tuple[str, str], ...]
    lanes: tuple[Lane, ...]
    height: float
    reasons: tuple[str, ...]
    last_lines: tuple[Row, ...]
    lines_age: str
    rows: tuple[Row, ...]


def render_view(facts: Facts, place: StackPlace, now: float) -> RenderView:
    """Everything that the page of a render shows."""
    job = facts.job
    listed = rows(facts)
    lanes = tuple(_lanes(spans_of(facts, place), facts.decisions))
    last = max((line.at for line in facts.lines), default=None)
    figures = [line.split(maxsplit=1) for line in summary_of(facts, place).as_text().splitlines()]
    video = f"s3://{place.store.outputs}/{job.output_key}" if job.output_key else "none yet"
    return RenderView(
        id=job.id,
        state=job.state.value,
        about=(
            ("fleet", job.fleet),
            ("tenant", job.tenant),
            ("attempt", str(job.attempt)),
            *((label, text) for label, text in figures),
            ("video", video),
            ("trace", job.trace_id),
        ),
        lanes=lanes,
        height=len(lanes) * ROW,
        reasons=tuple(sorted({b.tone for lane in lanes for b in lane.bars} - {"work", "error"})),
        last_lines=tuple(row for row in listed if row.source in {"agent", "api"})[-_LAST_LINES:],
        lines_age="nothing was logged" if last is None else f"last line {ago(now - last)} ago",
        rows=listed,
    )


def render_of(text: str) -> str | None:
    """The id of the render that a search names by its own id or by its trace id; None for anything else."""
    wanted = text.strip().lower()
    if JOB_ID.fullmatch(wanted):
        return wanted
    if len(wanted) == _TRACE_HEX and all(one in "0123456789abcdef" for one in wanted):
        return job_id_of(int(wanted, 16))
    return None


def _lanes(spans: Sequence[Span], decisions: Sequence[ScalerDecision]) -> Iterator[Lane]:
    began = min(span.began for span in spans)
    whole = max(span.began + span.seconds for span in spans) - began
    for index, span in enumerate(sorted(spans, key=lambda one: one.began)):

        def bar(start: float, end: float, tone: str, text: str) -> Bar:
            x, width = (start - began) / whole * WIDTH, (end - start) / whole * WIDTH
            return Bar(x=round(x, 1), width=round(max(_NARROWEST, width), 1), tone=tone, text=text)

        pieces = (
            _reasons(span, decisions)
            if span.key.startswith("wait")
            else [
                (span.began, span.began + span.seconds, "error" if span.error else "work", span.error or "")
            ]
        )
        yield Lane(
            y=index * ROW,
            service=span.service,
            name=span.name,
            took=f"{span.seconds:.2f} s",
            bars=tuple(bar(*piece) for piece in pieces),
        )


def _reasons(span: Span, decisions: Sequence[ScalerDecision]) -> list[tuple[float, float, str, str]]:
    """The wait, cut where the scaler gave another reason; what lies before the first is `undecided`."""
    end = span.began + span.seconds
    inside = [one for one in decisions if span.began <= one.at <= end]
    cuts: list[tuple[float, str, str]] = [(span.began, "undecided", "no decision yet")]
    for one in inside:
        if one.code != cuts[-1][1]:
            cuts.append((one.at, one.code, one.reason))
    ends = [*(at for at, _, _ in cuts[1:]), end]
    return [(at, until, code, why) for (at, code, why), until in zip(cuts, ends, strict=True)]
