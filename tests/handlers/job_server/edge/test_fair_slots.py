"""Slots go round: a tenant has some at most, and a free one goes to whoever has the fewest."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from handlers.job_server.edge.fair_slots import FairSlots


def run(play: Coroutine[Any, Any, list[str]]) -> list[str]:
    return asyncio.run(asyncio.wait_for(play, 5))


def test_a_tenant_waits_for_its_own_slots_while_others_are_free() -> None:
    async def play() -> list[str]:
        slots, order = FairSlots(4, 2), list[str]()

        async def use(tenant: str) -> None:
            await slots.acquire(tenant)
            order.append(tenant)

        tasks = [asyncio.ensure_future(use("greedy")) for _ in range(4)]
        await asyncio.sleep(0)
        await use("modest")
        assert slots.waiting_of("greedy") == 2
        slots.release("greedy")
        await asyncio.sleep(0)
        slots.release("greedy")
        await asyncio.gather(*tasks)
        return order

    assert run(play()) == ["greedy", "greedy", "modest", "greedy", "greedy"]


def test_a_free_slot_goes_to_who_has_the_fewest_and_to_the_nameless_last() -> None:
    async def play() -> list[str]:
        slots, order = FairSlots(2, 2), list[str]()

        async def use(tenant: str | None) -> None:
            await slots.acquire(tenant)
            order.append(tenant or "nobody")

        await use("greedy")
        await use("greedy")
        tasks = [asyncio.ensure_future(use(one)) for one in (None, "greedy", "modest")]
        await asyncio.sleep(0)
        for tenant in ("greedy", "modest", "greedy"):
            slots.release(tenant)
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return order

    assert run(play()) == ["greedy", "greedy", "modest", "greedy", "nobody"]


def test_who_gives_up_takes_no_slot_with_it() -> None:
    async def play() -> list[str]:
        slots = FairSlots(1, 1)
        await slots.acquire("a")
        waiting, late = (asyncio.ensure_future(slots.acquire(one)) for one in ("b", "c"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        slots.release("a")
        late.cancel()  # in the moment in which the slot was given to it
        with pytest.raises(asyncio.CancelledError):
            await late
        await slots.acquire("d")
        return ["d"]

    assert run(play()) == ["d"]
