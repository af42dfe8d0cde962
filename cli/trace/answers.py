"""What the answer of an OpenTelemetry receiver says (OTLP specification, "OTLP/HTTP Response"). Pure."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from handlers.jobs.foreign.foreign_text import printable

_LONGEST_MESSAGE = 300
_SECONDS = re.compile(r"[0-9]{1,6}")
_NUMBER = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer, or without a status the trouble on the way."""

    status: int | None
    wait: str | None = None
    """The header Retry-After."""
    content: bytes = b""
    trouble: str = ""

    @property
    def took(self) -> bool:
        """The receiver took the request. The protocol says 200; some receivers say 202 or 204."""
        return self.status is not None and self.status // 100 == HTTPStatus.OK // 100


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A partial success: how many spans the receiver did not take, and why; with 0 spans a warning."""

    spans: int
    why: str


def rejected(answer: Answer) -> Rejected | None:
    """The partial success that a good answer tells; None where everything was taken.

    A receiver that answers with something else than the protocol's JSON has taken the request all the same.
    """
    partial = _object(_json(answer.content).get("partialSuccess"))
    why = printable(partial.get("errorMessage"), _LONGEST_MESSAGE)
    # The JSON of Protocol Buffers has 64-bit numbers as texts.
    spans = str(partial.get("rejectedSpans", 0))
    count = int(spans) if _NUMBER.fullmatch(spans) else 0
    return Rejected(spans=count, why=why) if count or why else None


def status_message(answer: Answer) -> str:
    """What a refusal says, on one line; empty where it says nothing."""
    return printable(_json(answer.content).get("message"), _LONGEST_MESSAGE)


def wait_as_text(answer: Answer) -> str:
    """What Retry-After says, on one line; empty without it."""
    return printable(answer.wait, _LONGEST_MESSAGE)


def wait_asked_for(answer: Answer, at: datetime) -> float | None:
    """The seconds that Retry-After asks for, also as a date (RFC 9110, 10.2.3); None without a valid one."""
    given = (answer.wait or "").strip()
    if _SECONDS.fullmatch(given):
        return float(given)
    try:
        until = parsedate_to_datetime(given)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - at).total_seconds())


def _json(content: bytes) -> dict[str, object]:
    try:
        return _object(json.loads(content))
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
