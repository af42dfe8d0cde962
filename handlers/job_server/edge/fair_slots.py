"""Slots that tenants share: each has a bounded number, and a free one goes to whoever has the fewest."""

import asyncio
from collections import Counter, deque


class FairSlots:
    """For one event loop. Who has no name yet, None, may have all slots and comes after everybody else."""

    def __init__(self, slots: int, of_tenant: int) -> None:
        self._free, self._of_tenant = slots, of_tenant
        self._used = Counter[str | None]()
        self._waiting: dict[str | None, deque[asyncio.Future[None]]] = {}

    def waiting_of(self, tenant: str | None) -> int:
        """How many requests of a tenant wait."""
        return len(self._waiting.get(tenant, ()))

    def take_free(self, tenant: str | None) -> bool:
        """Take a slot at once; False when none is free, or others of the tenant wait for it."""
        if not self._is_free_for(tenant) or self.waiting_of(tenant):
            return False
        self._take(tenant)
        return True

    async def acquire(self, tenant: str | None) -> None:
        """Wait for a slot."""
        if self.take_free(tenant):
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # The slot came in the moment in which nobody wanted it anymore.
                self.release(tenant)
            self._forget(tenant, turn)
            raise

    def release(self, tenant: str | None) -> None:
        """Give a slot back; whoever has the fewest of those who wait gets it."""
        self._used[tenant] -= 1
        if not self._used[tenant]:
            del self._used[tenant]
        self._free += 1
        self._grant()

    def _grant(self) -> None:
        while self._free:
            able = [one for one in self._waiting if self._may_have_more(one)]
            if not able:
                return
            tenant = min(able, key=lambda one: (one is None, self._used[one]))
            turn = self._waiting[tenant][0]
            self._forget(tenant, turn)
            if not turn.done():
                self._take(tenant)
                turn.set_result(None)

    def _is_free_for(self, tenant: str | None) -> bool:
        return self._free > 0 and self._may_have_more(tenant)

    def _may_have_more(self, tenant: str | None) -> bool:
        return tenant is None or self._used[tenant] < self._of_tenant

    def _take(self, tenant: str | None) -> None:
        self._free -= 1
        self._used[tenant] += 1

    def _forget(self, tenant: str | None, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(tenant)
        if turns and turn in turns:
            turns.remove(turn)
        if not turns:
            self._waiting.pop(tenant, None)
