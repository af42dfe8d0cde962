"""Follows a render to its end and tells each change once."""

from collections.abc import Callable

from clipit_client import Client, Render, RenderFailedError

from cli.display.display import Display

_ASK_S = 1.0


def follow(client: Client, render: str, *, timeout_s: float, tell: Callable[[Render], None]) -> Render:
    """Tell each change until the render has ended, however it did.

    Raises:
        WaitTimeoutError: The render has not ended within the time limit.
        ClipItError: The API refused the request, or does not answer.
    """
    last = ""

    def seen(found: Render) -> None:
        nonlocal last
        if (line := as_line(found)) != last:
            tell(found)
        last = line

    try:
        return client.renders.wait(render, timeout_s=timeout_s, poll_s=_ASK_S, seen=seen)
    except RenderFailedError as ended:
        return ended.render


def show(render: Render, shown: Display) -> None:
    """A render's current state on a display."""
    if progress := render.progress:
        shown.progress(progress.percent, progress.stage or "")
    else:
        shown.line(as_line(render))


def as_line(render: Render) -> str:
    """A render's current state on one line."""
    if waiting := render.waiting:
        return f"{render.state}: {waiting.reason} ({waiting.code})"
    if progress := render.progress:
        return f"{render.state}: {progress.percent} % {progress.stage or ''}".rstrip()
    if failure := render.failure:
        return f"{render.state}: {failure.code}: {failure.detail}"
    if output := render.output:
        return f"{render.state}: {output.duration_s} s, {output.width}x{output.height}"
    return render.state
