"""Admission control: how many requests of a kind are served at once, and how many wait for how long."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from handlers.job_server.edge.rates import READS, UPLOADS, WRITES, Rate
from handlers.job_server.problems import unavailable

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How many requests of each kind are served at once; each kind has its own slots.

    All slots together are as many as the framework's threads (anyio's 40), and a request uses one thread at a
    time, so an admitted request never waits for a thread. Of each kind, `waiting` more wait up to
    `wait_seconds` for a slot. While it waits, a request keeps at most 320 KB of its body: uvicorn reads no
    further. A body must arrive within `body_seconds`, 0.5 Mbit/s for the largest, because its request holds
    a slot. `writes`, `reads_of_tenant` and `uploads` are what a tenant may ask and announce.
    """

    submissions: int = 16
    reads: int = 20
    readiness: int = 4
    waiting: int = 128
    wait_seconds: float = 2.0
    body_seconds: float = 20.0
    writes: Rate = WRITES
    reads_of_tenant: Rate = READS
    uploads: Rate = UPLOADS

    @property
    def threads(self) -> int:
        """How many threads may be inside a call at the same time."""
        return self.submissions + self.reads + self.readiness


class Admission:
    """The slots for requests of one kind."""

    def __init__(self, kind: str, slots: int, capacity: Capacity) -> None:
        self._kind, self._most_waiting, self._wait_seconds = kind, capacity.waiting, capacity.wait_seconds
        self._slots = asyncio.Semaphore(slots)
        self._waiting = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """A slot while a request is served.

        Raises:
            Problem: Too many wait already, or no slot became free in time.
        """
        await self._enter()
        try:
            yield
        finally:
            self._slots.release()

    async def _enter(self) -> None:
        if self._slots.locked() and self._waiting >= self._most_waiting:
            self._refuse()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._slots.acquire()
        except TimeoutError:
            self._refuse()
        finally:
            self._waiting -= 1

    def _refuse(self) -> None:
        _log.warning("overloaded", requests=self._kind, waiting=self._waiting)
        raise unavailable(f"This server is busy: it already serves as many {self._kind} as it can.")


def admitted_by(admission: Admission) -> type[APIRoute]:
    """Routes whose requests hold a slot from authentication until the response is ready."""

    class AdmittedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
            handle = super().get_route_handler()

            async def handle_in_slot(request: Request) -> Response:
                async with admission.slot():
                    return await handle(request)

            return handle_in_slot

    return AdmittedRoute
