"""Follows a render to its end and prints each change once."""

import time
from collections.abc import Callable

from cli.display.display import Display
from cli.exits import CommandError, Exit
from cli.renders.api import Api, ApiError, Document, part
from handlers.jobs.states import TERMINAL

_ASK_S = 1.0
_UNANSWERED_LIMIT = 10


class NotInTimeError(CommandError):
    """The render has not ended within the caller's time limit; it continues."""

    code = Exit.TOO_LATE


def follow(  # noqa: PLR0913 - time is given so that tests need not wait
    api: Api,
    render: str,
    *,
    timeout_s: float,
    tell: Callable[[Document], None],
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Document:
    """Tell each change until the render has ended.

    Raises:
        NotInTimeError: The render has not ended within the time limit.
        ApiError: The API refused the request, or did not answer several times in a row.
    """
    deadline, printed, unanswered = clock() + timeout_s, "", 0
    while True:
        try:
            found = api.get(render)
            unanswered = 0
        except ApiError as problem:
            unanswered += 1
            if unanswered >= _UNANSWERED_LIMIT or not problem.may_pass:
                raise
        else:
            if (line := as_line(found)) != printed:
                tell(found)
            printed = line
            if found.get("state") in TERMINAL:
                return found
        if clock() > deadline:
            raise NotInTimeError(f"{render} has not ended within {timeout_s:.0f} s; it continues.")
        pause(_ASK_S)


def show(render: Document, shown: Display) -> None:
    """A render's current state on a display."""
    if progress := part(render, "progress"):
        shown.progress(int(str(progress.get("percent") or 0)), str(progress.get("stage") or ""))
    else:
        shown.line(as_line(render))


def as_line(render: Document) -> str:
    """A render's current state on one line."""
    state, waiting, progress = render.get("state"), part(render, "waiting"), part(render, "progress")
    if waiting:
        return f"{state}: {waiting.get('reason')} ({waiting.get('code')})"
    if progress:
        return f"{state}: {progress.get('percent')} % {progress.get('stage') or ''}".rstrip()
    if failure := part(render, "failure"):
        return f"{state}: {failure.get('code')}: {failure.get('detail')}"
    if output := part(render, "output"):
        return f"{state}: {output.get('duration_s')} s, {output.get('width')}x{output.get('height')}"
    return str(state)
