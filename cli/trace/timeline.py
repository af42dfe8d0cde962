"""One row for each fact about a render, in the order of time. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cli.terminal import printable
from cli.trace.facts import Facts, Line

UNREAD = "not read"

_QUIET = frozenset({"scaler_decided", "webhook_delivered", "webhook_failed", "webhook_given_up"})
"""Log events whose fact another source has as well."""

_DETAILS = (
    *("method", "route", "status", "replayed", "verdict", "hook_was_waiting", "wait_s", "receives"),
    *("RenderWaitSeconds", "FetchSeconds", "EngineSeconds", "UploadSeconds", "BootstrapSeconds"),
    *("BootSeconds", "end", "code", "refusal", "state", "outcome", "failure_code", "failure_detail"),
    *("stopped", "bytes", "duration_s", "reason", "repairs", "what", "tries", "retry_s", "error"),
    *("stage", "seconds", "words"),
    *("instance_type", "zone", "market", "instance", "message_id", "milliseconds"),
)
"""Fields of log lines that a row shows, in this order."""

_SOURCES = {"job_server": "api", "render_agent": "agent"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A fact: when, from which source, what; `at` is None for a source that could not be read."""

    at: float | None
    source: str
    what: str
    detail: str

    @property
    def time(self) -> str:
        """The time of the day in UTC."""
        return "" if self.at is None else f"{datetime.fromtimestamp(self.at, UTC):%H:%M:%S.%f}"[:-3]


def rows(facts: Facts) -> tuple[Row, ...]:
    """All facts in order, then the sources that could not be read."""
    found = [
        *_events(facts),
        *_decisions(facts),
        *_launches(facts),
        *_associations(facts),
        *_lines(facts.lines),
        *_stored(facts),
        *_deliveries(facts),
    ]
    unread = [Row(at=None, source=one.what, what=UNREAD, detail=one.why) for one in facts.unread]
    return (*sorted(found, key=lambda row: row.at or 0.0), *unread)


def _events(facts: Facts) -> Iterator[Row]:
    for event in facts.events:
        detail = f"{event.detail}, by {event.actor}"
        yield Row(at=event.at, source="job", what=event.kind.value, detail=detail)


def _decisions(facts: Facts) -> Iterator[Row]:
    """Decisions that say something new: of those with the same code and size, the first."""
    shown: tuple[str, int] | None = None
    for one in facts.decisions:
        if (one.code, one.desired) != shown:
            shown = (one.code, one.desired)
            detail = f"desired {one.desired}, {one.queued} queued: {one.reason}"
            yield Row(at=one.at, source="scaler", what=f"waits: {one.code}", detail=detail)


def _launches(facts: Facts) -> Iterator[Row]:
    for one in facts.launches:
        yield Row(at=one.began, source="group", what=one.description, detail=one.cause)
        if one.ended is not None:
            what = f"{one.description.partition(' ')[0].lower()} ended"
            detail = f"{one.instance} {one.status}, {one.ended - one.began:.1f} s".strip()
            yield Row(at=one.ended, source="group", what=what, detail=detail)


def _associations(facts: Facts) -> Iterator[Row]:
    for one in facts.associations:
        detail = f"{one.instance} {one.name}: {one.summary}".strip(": ")
        yield Row(at=one.at, source="ssm", what=f"association {one.status}", detail=detail)


def _lines(lines: Sequence[Line]) -> Iterator[Row]:
    for line in lines:
        if line.event not in _QUIET:
            source = _SOURCES.get(line.room, line.room)
            yield Row(at=line.at, source=source, what=line.event, detail=_shown_fields(line))


def _shown_fields(line: Line) -> str:
    given = [(name, line.text(name)) for name in _DETAILS]
    return " ".join(f"{name}={text}" for name, text in given if text is not None)


def _stored(facts: Facts) -> Iterator[Row]:
    for one in facts.stored:
        detail = f"{one.key}, {one.size} bytes"
        yield Row(at=one.at, source="s3", what=f"{one.what} stored", detail=detail)
        for words in (one.words or "").splitlines():
            yield Row(at=one.at, source="s3", what=f"{one.key.rpartition('/')[2]} says", detail=words)


def _deliveries(facts: Facts) -> Iterator[Row]:
    tries = {line.at: line for line in facts.of("notifier", *_QUIET)}
    for attempt in facts.deliveries:
        line = min(tries.values(), key=lambda one: abs(one.at - attempt.at), default=None)
        near = line is not None and abs(line.at - attempt.at) < 1
        detail = attempt.error or "accepted"
        if near and line is not None:
            detail += f" ({_shown_fields(line)})"
        what = f"try {attempt.number} {'delivered' if attempt.delivered else 'failed'}"
        yield Row(at=attempt.at, source="webhook", what=what, detail=detail)


def as_text(found: Iterable[Row]) -> str:
    """The rows as a table."""
    listed = list(found)
    sources = max((len(row.source) for row in listed), default=0)
    whats = min(40, max((len(row.what) for row in listed), default=0))
    return "\n".join(
        printable(f"{row.time:<12}  {row.source:<{sources}}  {row.what:<{whats}}  {row.detail}".rstrip())
        for row in listed
    )
