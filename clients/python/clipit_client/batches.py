"""Batches: up to a hundred renders that are submitted together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from pydantic import JsonValue

from clipit_client import errors
from clipit_client.calls import ANY_TEXT
from clipit_client.models import Model
from clipit_client.steps import Call, Request, parsed, post, sent
from clipit_client.transport import Asyncio, Blocking
from clipit_client.waiting import POLL_S, unseen, until_ended


class BatchLinks(Model):
    """Paths of related resources."""

    self: str
    renders: str


class AcceptedBatch(Model):
    """A batch whose renders were accepted; `renders` has their ids in the order of the items."""

    id: str
    renders: Sequence[str]
    links: BatchLinks


class BatchCounts(Model):
    """How many renders of a batch are in each state, and how many were deleted."""

    queued: int
    rendering: int
    succeeded: int
    failed: int
    cancelled: int
    deleted: int


class Batch(Model):
    """A batch, and the states of its renders a moment ago."""

    id: str
    items: int
    accepted: int
    renders: BatchCounts
    ended: bool
    created_at: datetime
    expires_at: datetime
    poll_after_s: int | None
    links: BatchLinks


class BatchWaitTimeoutError(errors.ClipItError):
    """The renders of a batch have not all ended in the time that the caller gave; they go on."""

    def __init__(self, batch: Batch, seconds: float) -> None:
        self.batch = batch
        """As it was last seen."""
        left = batch.renders.queued + batch.renders.rendering
        super().__init__(f"Batch {batch.id} still has {left} renders to come after {seconds:g} s")


def create(
    items: Sequence[Mapping[str, JsonValue]],
    shared: Mapping[str, JsonValue] | None,
    idempotency_key: str | None,
) -> Call[AcceptedBatch]:
    """Submit a batch; every try has the same idempotency key, so each goes on where the last one stopped."""
    body: dict[str, JsonValue] = {"items": [dict(one) for one in items]}
    if shared is not None:
        body["shared"] = dict(shared)
    return parsed(AcceptedBatch, (yield from post("/v1/batches", body, idempotency_key)))


def get(batch: str) -> Call[Batch]:
    """Get a batch."""
    url = f"/v1/batches/{quote(batch, safe='', errors=ANY_TEXT)}"
    return parsed(Batch, (yield from sent(Request(method="GET", url=url))))


def wait(batch: str, *, timeout_s: float, poll_s: float, seen: Callable[[Batch], None]) -> Call[Batch]:
    """Look at a batch until all of its renders have ended.

    Raises:
        BatchWaitTimeoutError: They have not within the time.
    """
    return until_ended(
        lambda: get(batch), timeout_s=timeout_s, poll_s=poll_s, seen=seen, late=BatchWaitTimeoutError
    )


class Batches:
    """The batches of a tenant."""

    def __init__(self, transport: Blocking) -> None:
        self._run = transport.run

    def create(
        self,
        items: Sequence[Mapping[str, JsonValue]],
        *,
        shared: Mapping[str, JsonValue] | None = None,
        idempotency_key: str | None = None,
    ) -> AcceptedBatch:
        """Submit renders together: all are accepted or none. Safe to try again.

        Each item has the members of a submission, as the API names them, and adds them to those of `shared`.
        """
        return self._run(create(items, shared, idempotency_key))

    def get(self, batch: str) -> Batch:
        """A batch, with how many of its renders are in each state."""
        return self._run(get(batch))

    def wait(
        self,
        batch: str,
        *,
        timeout_s: float,
        poll_s: float = POLL_S,
        seen: Callable[[Batch], None] = unseen,
    ) -> Batch:
        """The batch when all of its renders have ended, however they did; `seen` is called at each look.

        Two looks are `poll_s` apart, or as far as the API asks for where that is more.

        Raises:
            BatchWaitTimeoutError: They have not within `timeout_s`; they go on.
        """
        return self._run(wait(batch, timeout_s=timeout_s, poll_s=poll_s, seen=seen))


class AsyncBatches:
    """The batches of a tenant, for asyncio."""

    def __init__(self, transport: Asyncio) -> None:
        self._run = transport.run

    async def create(
        self,
        items: Sequence[Mapping[str, JsonValue]],
        *,
        shared: Mapping[str, JsonValue] | None = None,
        idempotency_key: str | None = None,
    ) -> AcceptedBatch:
        """Submit renders together: all are accepted or none. Safe to try again.

        Each item has the members of a submission, as the API names them, and adds them to those of `shared`.
        """
        return await self._run(create(items, shared, idempotency_key))

    async def get(self, batch: str) -> Batch:
        """A batch, with how many of its renders are in each state."""
        return await self._run(get(batch))

    async def wait(
        self,
        batch: str,
        *,
        timeout_s: float,
        poll_s: float = POLL_S,
        seen: Callable[[Batch], None] = unseen,
    ) -> Batch:
        """The batch when all of its renders have ended, however they did; `seen` is called at each look.

        Two looks are `poll_s` apart, or as far as the API asks for where that is more.

        Raises:
            BatchWaitTimeoutError: They have not within `timeout_s`; they go on.
        """
        return await self._run(wait(batch, timeout_s=timeout_s, poll_s=poll_s, seen=seen))
