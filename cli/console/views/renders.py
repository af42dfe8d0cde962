"""A render as its page shows it: a waterfall, its waits colored by reason, and the last log lines. Pure."""

from dataclasses import dataclass
from urllib.parse import urlencode

from cli.console.views.fleets import tone_of
from cli.console.views.waterfall import ROW, Lane, lanes_of
from cli.console.views.words import ago
from cli.stack_place import StackPlace
from cli.trace.facts import Facts, Unread
from cli.trace.spans import spans_of
from cli.trace.summary import summary_of
from cli.trace.timeline import UNREAD, Row, rows
from handlers.job_server.renders.waiting import why
from handlers.jobs.model import ScalerView
from handlers.jobs.states import JobState

_LAST_LINES = 12
_UNKNOWN = frozenset({"-", "unknown"})
"""Figures of what has not happened yet."""
_LOGGING = frozenset({"agent", "api", "notifier", "sweeper"})


@dataclass(frozen=True, kw_only=True)
class Tail:
    """One of the last log lines."""

    age: str
    source: str
    what: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why a render waits: the code and the sentence that its customer gets, and the scaler's own words."""

    code: str
    sentence: str
    words: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class RenderView:
    """One render; texts are ready to be shown.

    `why` is that of a render that waits, `unread` are the sources that could not be read.
    """

    id: str
    state: str
    why: Why | None
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
    lanes = tuple(lanes_of(spans_of(facts, place), facts.decisions))
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
            *([("template", job.template)] if job.template else []),
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


def _why(facts: Facts, now: float) -> Why | None:
    """Why a queued render waits, as the API tells its customer, and the scaler's own words."""
    if facts.job.state is not JobState.QUEUED:
        return None
    last = max(facts.decisions, key=lambda one: one.at, default=None)
    if last is None:
        answer, words = why(facts.job, None, now), "The scaler has not decided since it was queued."
    else:
        view = ScalerView(
            fleet=facts.job.fleet,
            desired=last.desired,
            reason_code=last.code,
            reason=last.reason,
            taken_at=last.at,
        )
        answer, words = why(facts.job, view, now), f"{last.reason}, {ago(now - last.at)} ago"
    return Why(code=answer.code.value, sentence=answer.reason, words=words, tone=tone_of(answer.code.value))


def _page_of(key: str, place: StackPlace) -> str:
    """The object's page in the console of AWS, which asks for a sign-in of its own."""
    query = urlencode({"region": place.region, "prefix": key})
    return f"https://{place.region}.console.aws.amazon.com/s3/object/{place.store.outputs}?{query}"
