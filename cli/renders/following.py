"""Following a render to its end, telling each change once."""

import json
import time
from collections.abc import Callable

from cli.renders.api import Api, Document, UnreachableError, part
from handlers.jobs.states import TERMINAL

_ASK_S = 1.0
_UNREACHABLE_LIMIT = 10


class NotInTimeError(Exception):
    """The render had not ended when the patience was used up; it goes on."""


def follow(  # noqa: PLR0913 - time is given so that tests need not wait
    api: Api,
    render: str,
    *,
    timeout_s: float,
    as_json: bool,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Document:
    """Print each change until the render has ended.

    Raises:
        NotInTimeError: It has not within the time.
        UnreachableError: The API does not answer, several times in a row.
    """
    deadline, told, silent = clock() + timeout_s, "", 0
    while True:
        try:
            seen = api.get(render)
            silent = 0
        except UnreachableError:
            silent += 1
            if silent >= _UNREACHABLE_LIMIT:
                raise
        else:
            told = _tell(seen, told, as_json=as_json)
            if seen.get("state") in TERMINAL:
                return seen
        if clock() > deadline:
            raise NotInTimeError(f"{render} has not ended within {timeout_s:.0f} s; it goes on.")
        pause(_ASK_S)


def _tell(seen: Document, told: str, *, as_json: bool) -> str:
    words = in_words(seen)
    if words != told:
        print(json.dumps(seen) if as_json else words, flush=True)
    return words


def in_words(seen: Document) -> str:
    """A render's present state as one line."""
    state, waiting, progress = seen.get("state"), part(seen, "waiting"), part(seen, "progress")
    if waiting:
        return f"{state}: {waiting.get('reason')} ({waiting.get('code')})"
    if progress:
        return f"{state}: {progress.get('percent')} % {progress.get('stage') or ''}".rstrip()
    if failure := part(seen, "failure"):
        return f"{state}: {failure.get('code')}: {failure.get('detail')}"
    if output := part(seen, "output"):
        return f"{state}: {output.get('duration_s')} s, {output.get('width')}x{output.get('height')}"
    return str(state)
