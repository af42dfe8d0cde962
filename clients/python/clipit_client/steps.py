"""The steps of a call, and the decision to try again; no network, no clock.

A call is a generator. It yields what is to be done and gets what came of it, so one text serves the
blocking and the asyncio client, and a test needs neither socket nor clock.
"""

import json
import random
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from pydantic import JsonValue, ValidationError

from clipit_client import errors
from clipit_client.models import Model, Problem

T = TypeVar("T")
M = TypeVar("M", bound=Model)

RETRIES: Final = 2
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 8.0
LONGEST_RETRY_AFTER_S: Final = 120.0
TRIED_AGAIN: Final = frozenset({408, 429})
FIRST_REDIRECT, FIRST_CLIENT_ERROR, FIRST_SERVER_ERROR = 300, 400, 500


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; `url` is a path of the API, or the absolute address of the object store."""

    method: str
    url: str
    content: bytes | Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


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


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a step: the time by a clock that never steps, and a request's answer or error."""

    now: float
    reply: Reply | None = None
    error: errors.APIConnectionError | None = None


Step: TypeAlias = Request | Pause
Call: TypeAlias = Generator[Step, Outcome, T]


def post(url: str, body: Mapping[str, JsonValue] | None, idempotency_key: str | None) -> Call[Reply]:
    """A POST with one idempotency key for all its tries."""
    headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
    content = None
    if body is not None:
        content = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    return (yield from sent(Request(method="POST", url=url, content=content, headers=headers)))


def sent(request: Request) -> Call[Reply]:
    """The answer to a request to the API.

    Raises:
        APIConnectionError: There was none after every retry.
        StatusError: It is a problem.
    """
    reply = yield from attempted(request)
    if reply.status >= FIRST_CLIENT_ERROR:
        problem = problem_of(reply)
        raise errors.class_of(problem)(reply.status, problem)
    return reply


def attempted(request: Request) -> Call[Reply]:
    """The last answer to a request, tried again where that may help."""
    for attempt in range(RETRIES + 1):
        outcome = yield request
        pause = pause_before_retry(outcome, attempt)
        if pause is None or attempt == RETRIES:
            break
        yield from paused(pause)
    if outcome.reply is None:
        raise outcome.error or errors.APIConnectionError("there was no answer")
    return outcome.reply


def pause_before_retry(outcome: Outcome, attempt: int) -> float | None:
    """Seconds until the next try; None when another one would not help: a conflict stays one."""
    backoff = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * (1 << attempt)) * random.uniform(0.5, 1)  # noqa: S311 - jitter
    reply = outcome.reply
    if reply is None:
        return backoff
    if reply.status in TRIED_AGAIN or reply.status >= FIRST_SERVER_ERROR:
        asked = reply.headers.get("retry-after", "")
        return min(float(asked), LONGEST_RETRY_AFTER_S) if asked.isdecimal() else backoff
    return None


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
        raise errors.APIResponseError(f"the answer is no {model.__name__}: {error}") from None


def problem_of(reply: Reply) -> Problem:
    """The problem of an answer; an empty one where a proxy answered in its own words."""
    try:
        return Problem.model_validate_json(reply.content)
    except ValidationError:
        return Problem(status=reply.status)
