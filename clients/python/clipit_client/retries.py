"""The decision to try a request again; no network, no clock."""

import contextlib
import random
from dataclasses import replace
from typing import Final

from clipit_client import errors
from clipit_client.steps import Call, Outcome, Request, T, paused, retry_after_s

RETRIES: Final = 2
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 8.0
LONGEST_RETRY_AFTER_S: Final = 120.0
_DOUBLINGS: Final = 10


def retried(call: Call[T], retries: int) -> Call[T]:
    """A call whose requests are sent again, up to so many times each, where that may help."""
    with contextlib.closing(call):
        step = next(call)
        while True:
            outcome = (yield from _attempted(step, retries)) if isinstance(step, Request) else (yield step)
            try:
                step = call.send(outcome)
            except StopIteration as end:
                result: T = end.value
                return result


def _attempted(request: Request, retries: int) -> Call[Outcome]:
    """The last outcome of a request."""
    again = False
    for attempt in range(retries):
        outcome = replace((yield request), again=again)
        pause = pause_before_retry(outcome, attempt)
        if pause is None:
            return outcome
        again = True
        yield from paused(pause)
    return replace((yield request), again=again)


def pause_before_retry(outcome: Outcome, attempt: int) -> float | None:
    """Seconds until the next try; None when another one would not help.

    What `Retry-After` asks for is waited for, and a little more: else all who were refused in one second
    come back in one second. Who asks for longer than `LONGEST_RETRY_AFTER_S` gets no other try: whether
    to wait that long is the caller's decision.
    """
    doubled = FIRST_PAUSE_S * (1 << min(attempt, _DOUBLINGS))
    backoff = min(LONGEST_PAUSE_S, doubled) * random.uniform(0.5, 1)  # noqa: S311 - jitter
    reply = outcome.reply
    if reply is None:
        return backoff if outcome.error is None or outcome.error.retryable else None
    if not errors.is_retryable(reply.status):
        return None
    asked = retry_after_s(reply.headers) or 0.0
    return asked + backoff if asked <= LONGEST_RETRY_AFTER_S else None
