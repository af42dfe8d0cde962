"""Reads a request's body as JSON: strictly, in bounded memory, and never on the event loop."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request

from handlers.job_server import problems
from handlers.job_server.edge.crowding import crowded
from handlers.job_server.problems import Problem
from handlers.job_server.schemas.requests import RefusedError
from handlers.jobs import strict_json
from handlers.jobs.schema_check import Json

AT_ONCE: Final = 1
"""Bodies that are parsed at the same time; one takes up to 20 MiB and 15 ms. While a thread computes, the
event loop has to wait for Python's one lock, and longer for two of them."""

Wanted = TypeVar("Wanted")


class Bodies:
    """Reads bodies, one at a time, beside the event loop."""

    def __init__(self, *, arrival_seconds: float) -> None:
        self._threads = CapacityLimiter(AT_ONCE)
        self._arrival_seconds = arrival_seconds

    async def read(self, request: Request, check: Callable[[Json], Wanted]) -> tuple[Json, Wanted]:
        """The JSON value in the body, and what `check` makes of it.

        Raises:
            Problem: the body is of another kind, or not JSON, or too slow.
            RefusedError: it has too many values, or `check` says so.
        """
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem(
                kind=problems.UNSUPPORTED_MEDIA,
                detail=f"Content-Type is {kind[:80]!r}; send application/json.",
                headers={"Accept": "application/json"},
            )
        try:
            async with asyncio.timeout(self._arrival_seconds):
                content = await request.body()
        except TimeoutError as error:
            detail = f"The body was not complete after {self._arrival_seconds:g} s."
            raise Problem(kind=problems.TOO_SLOW, detail=detail) from error

        def parsed() -> tuple[Json, Wanted]:
            body = parse(content)
            return body, check(body)

        return await to_thread.run_sync(parsed, limiter=self._threads)


def parse(content: bytes) -> Json:
    """The JSON value in a body.

    Raises:
        Problem: the body is not JSON.
        RefusedError: it has too many values.
    """
    try:
        excess = crowded(content)
        if excess:
            raise RefusedError([excess])
        return strict_json.read(content.decode("utf-8"))
    except (strict_json.NotJsonError, UnicodeDecodeError) as error:
        raise Problem(
            kind=problems.MALFORMED_JSON, detail=f"The body cannot be read: {str(error)[:200]}."
        ) from error
