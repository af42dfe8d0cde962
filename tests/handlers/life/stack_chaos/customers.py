"""Customers' programs on a local stack: each submits over HTTP, by the client, until it has an answer."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final, TypeVar

from clipit_client import Client, ClipItError, StatusError
from pydantic import JsonValue

from tests.handlers.life.chaos.customers import REDELIVERED, OrderSize, orders_of

T = TypeVar("T")

SEVERAL: Final = (1, 1, 1, 1, 1, 3, 8, 20)
CANCELLED: Final = 0.2
"""Share of the orders of which one render is cancelled at once."""
PAUSE_S: Final = 6.0
"""Between two orders of a program, on average."""
COMPOSITION: Final[Mapping[str, JsonValue]] = {
    "version": 1,
    "width": 64,
    "height": 64,
    "rate": 10,
    "scenes": [{"duration_s": 0.3}],
}


@dataclass(kw_only=True)
class Customers:
    """All programs of all tenants, and what they were told."""

    api_url: Callable[[], str | None]
    keys: Mapping[str, str]
    """The API key of each tenant."""
    webhook_url: str
    seed: int
    accepted: list[str] = field(default_factory=list)
    batches: int = 0
    asked_again: int = 0
    answers: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)
    """The renders that each idempotency key stands for, by every answer to it: always the same."""
    mistakes: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    _of_tenant: dict[str, list[str]] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, renders: int) -> None:
        """Start the programs, which end when all of their renders are accepted."""
        for (tenant, number), orders in orders_of(Random(self.seed), renders, SEVERAL).items():  # noqa: S311
            name = f"{tenant}-{number}"
            chance = Random(f"{self.seed} {name}")  # noqa: S311 - no secret
            thread = threading.Thread(
                target=self._run, args=(tenant, name, orders, chance), name=name, daemon=True
            )
            self._threads.append(thread)
            thread.start()

    @property
    def ended(self) -> bool:
        """Whether all programs have got all of their answers."""
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, tenant: str, name: str, orders: Sequence[OrderSize], chance: Random) -> None:
        try:
            for number, order in enumerate(orders):
                self.stop.wait(chance.expovariate(1 / PAUSE_S))
                self._order(tenant, f"{name}-{number}", order, chance)
        except Exception as error:
            self.mistakes.append(f"{name} ended with {error!r}")

    def _order(self, tenant: str, key: str, order: OrderSize, chance: Random) -> None:
        found = self._insist(tenant, chance, lambda client: self._submit(client, key, order))
        if not found:
            return
        with self._lock:
            self.accepted += found
            self.batches += order[1] > 1
            mine = self._of_tenant.setdefault(tenant, [])
            mine += found
            one, before = chance.choice(found), chance.choice(mine)
        if chance.random() < CANCELLED:
            with suppress(ClipItError), self._client(tenant) as client:
                client.renders.cancel(one)
        if chance.random() < REDELIVERED:
            with suppress(ClipItError), self._client(tenant) as client:
                client.renders.redeliver(before, idempotency_key=f"{key}-again")
        if chance.random() < REDELIVERED:  # whoever lost an answer asks once more, and gets the same one
            self._insist(tenant, chance, lambda client: self._submit(client, key, order))

    def _submit(self, client: Client, key: str, order: OrderSize) -> Sequence[str]:
        priority, several = order
        wanted: dict[str, JsonValue] = {
            "composition": dict(COMPOSITION),
            "priority": priority.value,
            "webhook_url": self.webhook_url,
        }
        if several == 1:
            found: Sequence[str] = [
                client.renders.create(
                    composition=COMPOSITION,
                    priority=priority.value,
                    webhook_url=self.webhook_url,
                    metadata={"order": key},
                    idempotency_key=key,
                ).id
            ]
        else:
            items: list[Mapping[str, JsonValue]] = [
                {"metadata": {"order": f"{key}-{number}"}} for number in range(several)
            ]
            found = client.batches.create(items, shared=wanted, idempotency_key=key).renders
        with self._lock:
            self.answers.setdefault(key, set()).add(tuple(found))
        return found

    def _insist(self, tenant: str, chance: Random, ask: Callable[[Client], T]) -> T | None:
        """The answer, however often it takes; None when the play is over before."""
        while not self.stop.is_set():
            try:
                with self._client(tenant) as client:
                    return ask(client)
            except StatusError as error:
                if not error.retryable:
                    raise
                self.asked_again += 1
                self.stop.wait(error.retry_after_s or chance.uniform(0.5, 4))
            except ClipItError:
                self.asked_again += 1
                self.stop.wait(chance.uniform(0.5, 4))
        return None

    def _client(self, tenant: str) -> Client:
        while (url := self.api_url()) is None:
            time.sleep(0.1)
        return Client(url=url, key=self.keys[tenant])
