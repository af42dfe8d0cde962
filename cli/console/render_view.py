"""A render as its page shows it: a waterfall, its waits colored by reason, and the last log lines. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cli.console.words import ago
from cli.stack_place import StackPlace
from cli.trace.facts import Facts, ScalerDecision, Unread
from cli.trace.span import Span
from cli.trace.spans import spans_of
from cli.trace.summary import summary_of
from cli.trace.timeline import UNREAD, Row, rows
from handlers.job_server.waiting import why
from handlers.jobs.model import ScalerView
from handlers.jobs.states import JobState

WIDTH, ROW = 640.0, 20.0
_NARROWEST = 1.5
_LAST_LINES = 12
_UNKNOWN = frozenset({"-", "unknown"})
"""Figures of what has not happened yet."""
_LOGGING = frozenset({"agent", "api", "notifier", "sweeper"})


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
class Tail:
    """One of the last log lines."""

    age: str
    source: str
    what: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class RenderView:
    """One render; texts are ready to be shown.

    `why` is the code and the sentences of a render that waits, `unread` the sources that could not be read.
    """

    id: str
    state: str
    why: tuple[str, str, str] | None
    failure: str
    about: tuple[tuple[str, str], ...]
    video: str
    video_page: str
    unread: tuple[Unread, ...]
    lanes: tuple[Lane, ...]
    height: float
    reasons: tuple[str, ...]
    tail: tuple[Tail, ...]
    tail_age: str
    rows: tuple[Row, ...]


def render_view(facts: Facts, place: StackPlace, now: float) -> RenderView:
    """Everything that the page of a render shows."""
    job = facts.job
    listed = [row for row in rows(facts) if row.what != UNREAD]
    lanes = tuple(_lanes(spans_of(facts, place), facts.decisions))
    last = max((line.at for line in facts.lines), default=None)
    figures = [line.split(maxsplit=1) for line in summary_of(facts, place).as_text().splitlines()]
    logged = [row for row in listed if row.source in _LOGGING][-_LAST_LINES:]
    return RenderView(
        id=job.id,
        state=job.state.value,
        why=_why(facts, now),
        failure=f"{job.failure.code.value}: {job.failure.detail}" if job.failure else "",
        about=(
            ("fleet", job.fleet),
            ("tenant", job.tenant),
            ("attempt", str(job.attempt)),
            *((label, text) for label, text in figures if text not in _UNKNOWN),
            ("trace", job.trace_id),
        ),
        video=f"s3://{place.store.outputs}/{job.output_key}" if job.output_key else "",
        video_page=_page_of(job.output_key, place) if job.output_key else "",
        unread=facts.unread,
        lanes=lanes,
        height=len(lanes) * ROW,
        reasons=tuple(sorted({b.tone for lane in lanes for b in lane.bars} - {"work", "error"})),
        tail=tuple(
            Tail(age=f"{ago(now - (row.at or now))} ago", source=row.source, what=row.what, detail=row.detail)
            for row in logged
        ),
        tail_age="nothing was logged" if last is None else f"last line {ago(now - last)} ago",
        rows=tuple(listed),
    )


def _why(facts: Facts, now: float) -> tuple[str, str, str] | None:
    """Why a queued render waits, as the API tells its customer, and the scaler's own words."""
    if facts.job.state is not JobState.QUEUED:
        return None
    last = max(facts.decisions, key=lambda one: one.at, default=None)
    view = last and ScalerView(
        fleet=facts.job.fleet,
        desired=last.desired,
        reason_code=last.code,
        reason=last.reason,
        taken_at=last.at,
    )
    told = why(facts.job, view, now)
    words = "the scaler has not decided since" if last is None else f"{last.reason}, {ago(now - last.at)} ago"
    return told.code.value, told.reason, words


def _page_of(key: str, place: StackPlace) -> str:
    """The object's page in the console of AWS, which asks for a sign-in of its own."""
    query = urlencode({"region": place.region, "prefix": key})
    return f"https://{place.region}.console.aws.amazon.com/s3/object/{place.store.outputs}?{query}"


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
