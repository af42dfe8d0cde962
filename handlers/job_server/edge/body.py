"""Reads a request's body as JSON: strictly, in bounded memory, and large ones beside the event loop."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request

from handlers.job_server import problems
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.edge.crowding import crowded
from handlers.job_server.problems import Problem
from handlers.job_server.schemas.requests import RefusedError
from handlers.jobs.foreign import strict_json
from handlers.jobs.json_schema.values import Json

AT_ONCE: Final = 1
"""Bodies that are parsed at the same time; one takes up to 20 MiB and 15 ms. While a thread computes, the
event loop has to wait for Python's one lock, and longer for two of them."""

SMALL_BYTES: Final = 2_048
"""Bodies up to this are read on the event loop: most take half a millisecond of it, the worst two, and a
change of threads takes as long."""
FAR_REACHING: Final = (b'"template"', b'"items"', rb"\u")
"""A body with one of these may name a template or be a batch, spelled out or by escapes. A few fields of a
template can make a composition of many scenes, and a tenant's own template is a call of AWS; what the items
of a batch share is checked once for each, up to a hundred times."""

BYTES_OF_A_WRITE: Final = 65_536
"""A body counts as a further write for each of these: most compositions are smaller."""

Wanted = TypeVar("Wanted")


class Bodies:
    """Reads bodies, large ones one at a time; a tenant pays for those of 64 KiB by `charge`."""

    def __init__(self, capacity: Capacity, charge: Callable[[Request, int], None]) -> None:
        self._threads = CapacityLimiter(AT_ONCE)
        self._capacity, self._charge = capacity, charge
        self._coming = Counter[str]()

    async def read(self, request: Request, check: Callable[[Json], Wanted]) -> tuple[Json, Wanted]:
        """The JSON value in the body, and what `check` makes of it.

        Raises:
            Problem: the body is of another kind, or not JSON, or too slow, or one too many.
            RefusedError: it has too many values, or `check` says so.
        """
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem(
                kind=problems.UNSUPPORTED_MEDIA,
                detail=f"Content-Type is {kind[:80]!r}; send application/json.",
                headers={"Accept": "application/json"},
            )
        content = await self._arrived(request)
        if beyond := len(content) // BYTES_OF_A_WRITE:
            self._charge(request, beyond)

        def parsed() -> tuple[Json, Wanted]:
            body = parse(content)
            return body, check(body)

        if len(content) <= SMALL_BYTES and not any(one in content for one in FAR_REACHING):
            return parsed()
        return await to_thread.run_sync(parsed, limiter=self._threads)

    async def again(self, body: Json, check: Callable[[Json], Wanted]) -> Wanted:
        """What another check makes of a body that was read, one at a time as those that are large."""
        return await to_thread.run_sync(check, body, limiter=self._threads)

    async def _arrived(self, request: Request) -> bytes:
        """The whole body. Whoever sends it slowly holds no slot meanwhile."""
        seconds, slot = self._capacity.body_seconds, request.state.slot
        slot.leave()
        try:
            with self._counted(request.state.tenant):
                async with asyncio.timeout(seconds):
                    content = await request.body()
        except TimeoutError as error:
            detail = f"The body was not complete after {seconds:g} s."
            raise Problem(kind=problems.TOO_SLOW, detail=detail) from error
        await slot.take()
        return content

    @contextmanager
    def _counted(self, tenant: str) -> Iterator[None]:
        """One of the bodies that are on their way."""
        if self._coming[tenant] >= self._capacity.bodies_of_tenant:
            raise Problem(
                kind=problems.RATE_EXCEEDED,
                detail=f"You are sending {self._coming[tenant]} bodies at the same time, the most you may.",
                headers={"Retry-After": "1"},
            )
        if self._coming.total() >= self._capacity.bodies:
            raise problems.unavailable("This server is busy: it already receives as many bodies as it can.")
        self._coming[tenant] += 1
        try:
            yield
        finally:
            self._coming[tenant] -= 1
            if not self._coming[tenant]:
                del self._coming[tenant]


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
