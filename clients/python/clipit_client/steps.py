"""The steps of a call; no network, no clock.

A call is a generator. It yields what is to be done and gets what came of it, so one text serves the
blocking and the asyncio client, and a test needs neither socket nor clock.
"""

import json
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from pydantic import JsonValue, ValidationError

from clipit_client import errors
from clipit_client.models import Model, Problem

T = TypeVar("T")
M = TypeVar("M", bound=Model)

LARGEST_ANSWER: Final = 16 * 1024 * 1024
"""Bytes; a page of renders has a tenth of this."""
SHOWN_ERRORS: Final = 3
OK, FIRST_REDIRECT, FIRST_CLIENT_ERROR = 200, 300, 400


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request."""

    method: str
    url: str
    """A path of the API, or a signed link of the object store."""
    link: bool = False
    """Whether `url` is a signed link: the object store never gets the key."""
    content: bytes | Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    target: Path | None = None
    """The file that gets the content of an answer 200."""
    target_size: int = 0
    """Bytes of that file; a larger answer is not read to its end."""


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Wait before the next step."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    size: int = 0
    """Bytes of the content, wherever it went."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a step: the time by a clock that never steps, and a request's answer or error."""

    now: float
    reply: Reply | None = None
    error: errors.ClipItError | None = None
    again: bool = False
    """Whether an earlier try of the request may have arrived."""


Step: TypeAlias = Request | Pause
Call: TypeAlias = Generator[Step, Outcome, T]


def post(url: str, body: Mapping[str, JsonValue] | None, idempotency_key: str | None) -> Call[Reply]:
    """A POST with one idempotency key for all its tries."""
    # An empty key comes from a variable that is not set: the server refuses it, and no render is made twice.
    headers = {"Idempotency-Key": str(uuid.uuid4()) if idempotency_key is None else idempotency_key}
    content = None
    if body is not None:
        content = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    return (yield from sent(Request(method="POST", url=url, content=content, headers=headers)))


def sent(request: Request) -> Call[Reply]:
    """The answer to a request to the API.

    Raises:
        APIConnectionError: There was none.
        UnsendableRequestError: HTTP cannot carry the request.
        StatusError: It is a problem.
        APIResponseError: It is too large, or a redirect, which this API never answers with.
    """
    outcome = yield request
    reply = answer_of(outcome)
    if reply.status >= FIRST_CLIENT_ERROR:
        problem = problem_of(reply)
        error = errors.class_of(problem)(reply.status, problem, retry_after_s(reply.headers))
        error.again = outcome.again
        raise error
    if reply.status >= FIRST_REDIRECT:
        raise errors.APIResponseError(f"the answer is the redirect {reply.status}; is the address right?")
    return reply


def answer_of(outcome: Outcome) -> Reply:
    """The answer of a request.

    Raises:
        ClipItError: There was none, or it was not read to its end.
    """
    if outcome.reply is None:
        raise outcome.error or errors.APIConnectionError("there was no answer")
    return outcome.reply


def paused(seconds: float) -> Call[float]:
    """The time after a pause, by a clock that never steps."""
    outcome = yield Pause(seconds=seconds)
    return outcome.now


def parsed(model: type[M], reply: Reply) -> M:
    """The answer as a model.

    Raises:
        APIResponseError: It is something else.
    """
    try:
        return model.model_validate_json(reply.content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        shown = [f"{'/'.join(map(str, one['loc']))}: {one['msg']}" for one in found[:SHOWN_ERRORS]]
        raise errors.APIResponseError(f"the answer is no {model.__name__}: {'; '.join(shown)}") from None


def problem_of(reply: Reply) -> Problem:
    """The problem of an answer; an empty one where a proxy answered in its own words."""
    try:
        return Problem.model_validate_json(reply.content)
    except ValidationError:
        return Problem(status=reply.status)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for; a date counts from the server's own `Date`, whose clock it is.

    Source: RFC 9110, section 10.2.3.
    """
    asked = headers.get("retry-after", "")
    if asked.isdecimal():
        return float(asked)
    try:
        begin = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (parsedate_to_datetime(asked) - begin).total_seconds())
    except (TypeError, ValueError, OverflowError):  # no date, or one without a time zone
        return None
