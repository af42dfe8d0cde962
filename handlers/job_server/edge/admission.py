"""Admission control: how many requests of a kind are served at once, and how many wait for how long."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Self

import structlog
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from handlers.job_server.edge.fair_slots import FairSlots
from handlers.job_server.edge.parameters import names_of
from handlers.job_server.edge.rates import ENDPOINT_CHANGES, READS, REDELIVERIES, UPLOADS, WRITES, Rate
from handlers.job_server.problems import unavailable

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How many requests of each kind are served at once; each kind has its own slots.

    All slots together are as many as the framework's threads (anyio's 40), and a request uses one thread at a
    time, so an admitted request never waits for a thread. One tenant has at most
    `submissions_of_tenant` and `looks_of_tenant` of them: its rates let it use no more for long, and its
    threads leave the processor to others. A list of a hundred renders takes some 50 ms of it.

    Of each kind, `waiting` more wait up to `wait_seconds` for a slot, `waiting_of_tenant` of one tenant.
    While it waits, a request keeps at most 320 KB of its body: uvicorn reads no further. A request whose body
    is on its way holds no slot; of such bodies, each of up to 1 MiB, there may be `bodies`, of one tenant
    `bodies_of_tenant`, and each must arrive within `body_seconds`, 0.5 Mbit/s for the largest.

    `writes`, `reads_of_tenant`, `uploads`, `redeliveries` and `endpoint_changes` are what a tenant may ask.
    """

    submissions: int = 16
    reads: int = 20
    readiness: int = 4
    submissions_of_tenant: int = 5
    looks_of_tenant: int = 2
    waiting: int = 128
    waiting_of_tenant: int = 96
    wait_seconds: float = 2.0
    bodies: int = 128
    bodies_of_tenant: int = 32
    body_seconds: float = 20.0
    writes: Rate = WRITES
    reads_of_tenant: Rate = READS
    uploads: Rate = UPLOADS
    redeliveries: Rate = REDELIVERIES
    endpoint_changes: Rate = ENDPOINT_CHANGES

    @property
    def threads(self) -> int:
        """How many threads may be inside a call at the same time."""
        return self.submissions + self.reads + self.readiness


class Admission:
    """The slots for requests of one kind."""

    def __init__(self, kind: str, slots: int, capacity: Capacity, *, of_tenant: int | None = None) -> None:
        self._kind, self._capacity = kind, capacity
        self._slots = FairSlots(slots, of_tenant or slots)
        self._waiting = 0

    def slot(self, tenant: str | None = None) -> "Slot":
        """A slot for one request; the tenant is None until its key is known."""
        return Slot(self, tenant)

    async def enter(self, tenant: str | None) -> None:
        """Wait for a slot.

        Raises:
            Problem: Too many wait already, or no slot became free in time.
        """
        if self._slots.take_free(tenant):
            return
        if self._is_crowded(tenant):
            self._refuse()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._capacity.wait_seconds):
                await self._slots.acquire(tenant)
        except TimeoutError:
            self._refuse()
        finally:
            self._waiting -= 1

    def leave(self, tenant: str | None) -> None:
        """Let the next one have a slot."""
        self._slots.release(tenant)

    def _is_crowded(self, tenant: str | None) -> bool:
        most_of_tenant = self._capacity.waiting if tenant is None else self._capacity.waiting_of_tenant
        return self._waiting >= self._capacity.waiting or self._slots.waiting_of(tenant) >= most_of_tenant

    def _refuse(self) -> None:
        _log.warning("overloaded", requests=self._kind, waiting=self._waiting)
        raise unavailable(f"This server is busy: it already serves as many {self._kind} as it can.")


class Slot:
    """The slot of one request, held while it is entered."""

    def __init__(self, admission: Admission, tenant: str | None) -> None:
        self._admission, self.tenant = admission, tenant
        self._held_as: tuple[str | None] | None = None

    async def __aenter__(self) -> Self:
        """Wait for the slot.

        Raises:
            Problem: Too many wait already, or no slot became free in time.
        """
        await self.take()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Let the next one have it."""
        self.leave()

    async def take(self) -> None:
        """Wait for the slot, at first or after it was given back.

        Raises:
            Problem: Too many wait already, or no slot became free in time.
        """
        tenant = self.tenant
        await self._admission.enter(tenant)
        self._held_as = (tenant,)

    def leave(self) -> None:
        """Let the next one have it, unless it was given back before: while the caller is waited for."""
        if self._held_as:
            (tenant,), self._held_as = self._held_as, None
            self._admission.leave(tenant)


def admitted_by(
    admission: Admission, tenant_of: Callable[[Request], str | None] = lambda _: None
) -> type[APIRoute]:
    """Routes whose requests hold a slot from authentication until the response is ready.

    `tenant_of` is whose request it seems to be, as far as that is known without asking anybody; it raises for
    a request that is refused without a slot.
    """

    class AdmittedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
            handle, names = super().get_route_handler(), names_of(self.dependant)

            async def handle_in_slot(request: Request) -> Response:
                request.state.parameters = names
                async with admission.slot(tenant_of(request)) as request.state.slot:
                    return await handle(request)

            return handle_in_slot

    return AdmittedRoute
