"""A tenant's webhook endpoints: one item for all of them, changed by compare-and-set.

So the limit holds, and a repeated request finds what the first one did, whoever else writes at that moment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import ENDPOINT_ID
from handlers.jobs.outgoing.webhook_events import RENDER_EVENTS
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import Reader
from handlers.jobs.store.table import ABSENT, Put, Table, equal
from handlers.jobs.store.writing import ROUNDS

MOST_ENDPOINTS: Final = 5
MOST_DELETED: Final = 20
"""Deleted endpoints that are remembered, so that a repeated deletion finds their secrets."""
MOST_EXHAUSTED: Final = 20
"""Deliveries in a row that were given up, after which an endpoint is disabled."""
OVERLAP_SECONDS: Final = 86_400
"""How long the secret before the newest still signs."""


class DisabledReason(StrEnum):
    """Why an endpoint gets nothing."""

    REQUESTED = "requested"
    DELIVERIES_EXHAUSTED = "deliveries_exhausted"


@dataclass(frozen=True, kw_only=True)
class EndpointTest:
    """The latest test of an endpoint: the id of its webhook, when it was tried, and why it failed."""

    webhook_id: str
    at: float
    error: str | None


@dataclass(frozen=True, kw_only=True)
class WebhookEndpoint:
    """An address that receives the webhooks of a tenant's renders; times are epoch seconds.

    `secret` is the number of its newest secret; the one before signs too until `overlap_ends_at`. `exhausted`
    counts deliveries in a row that were given up. `made_by` and `rotated_by` are digests of the requests
    that made it and its newest secret, where those had an idempotency key.
    """

    id: str
    url: str
    events: tuple[str, ...]
    created_at: float
    updated_at: float
    disabled_at: float | None = None
    disabled_reason: DisabledReason | None = None
    exhausted: int = 0
    secret: int = 1
    overlap_ends_at: float | None = None
    made_by: str | None = None
    rotated_by: str | None = None
    last_test: EndpointTest | None = None

    @property
    def enabled(self) -> bool:
        """Whether it gets webhooks."""
        return self.disabled_at is None

    def takes(self, event: str) -> bool:
        """Whether it gets webhooks of this type."""
        return self.enabled and event in self.events

    def secrets(self, now: float) -> tuple[int, ...]:
        """The numbers of the secrets that sign, the newest first."""
        overlaps = self.overlap_ends_at is not None and now < self.overlap_ends_at
        return (self.secret, self.secret - 1) if overlaps else (self.secret,)

    def with_delivery(self, *, arrived: bool, now: float) -> "WebhookEndpoint":
        """After a delivery that arrived or was given up; too many of the latter disable it."""
        exhausted = 0 if arrived else self.exhausted + 1
        if exhausted < MOST_EXHAUSTED or not self.enabled:
            return replace(self, exhausted=exhausted)
        return replace(
            self, exhausted=exhausted, disabled_at=now, disabled_reason=DisabledReason.DELIVERIES_EXHAUSTED
        )


Endpoints = tuple[WebhookEndpoint, ...]


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """The item of a tenant; `deleted` has the ids of its last deletions, and the numbers of their secrets."""

    endpoints: Endpoints = ()
    deleted: Mapping[str, int] = field(default_factory=dict)
    version: int | None = None

    def without(self, one: WebhookEndpoint) -> "_Stored":
        """After the deletion of an endpoint."""
        deleted = {**self.deleted, one.id: one.secret}
        return replace(
            self,
            endpoints=tuple(each for each in self.endpoints if each.id != one.id),
            deleted=dict([*deleted.items()][-MOST_DELETED:]),
        )


class WebhookEndpoints:
    """The endpoints of all tenants, in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, tenant: str) -> Endpoints:
        """The tenant's endpoints, the oldest first.

        Raises:
            UnreadableItemError: the item holds what this service never writes.
        """
        return self._read(tenant).endpoints

    def generation(self, tenant: str) -> int:
        """A number that has grown whenever the tenant's endpoints have changed."""
        return self._read(tenant).version or 0

    def change(self, tenant: str, edit: Callable[[Endpoints], Endpoints]) -> Endpoints:
        """Change the tenant's endpoints; `edit` is asked again when somebody else was faster.

        What it raises ends the change.

        Raises:
            TryAgainLater: somebody else was faster each time.
        """
        for _ in range(ROUNDS):
            before = self._read(tenant)
            after = edit(before.endpoints)
            if after == before.endpoints or self._write(tenant, replace(before, endpoints=after)):
                return after
        raise TryAgainLater(f"webhook endpoints of {tenant}: overtaken {ROUNDS} times")

    def change_one(
        self, tenant: str, endpoint_id: str, edit: Callable[[WebhookEndpoint], WebhookEndpoint]
    ) -> WebhookEndpoint | None:
        """Change one of the tenant's endpoints; None when there is none with this id."""
        after = self.change(
            tenant, lambda found: tuple(edit(one) if one.id == endpoint_id else one for one in found)
        )
        return endpoint_of(after, endpoint_id)

    def delete(self, tenant: str, endpoint_id: str) -> int | None:
        """Remove one of the tenant's endpoints, now or before; the number of its newest secret.

        None when there was none, or it is forgotten.

        Raises:
            TryAgainLater: somebody else was faster each time.
        """
        for _ in range(ROUNDS):
            stored = self._read(tenant)
            one = endpoint_of(stored.endpoints, endpoint_id)
            if one is None:
                return stored.deleted.get(endpoint_id)
            if self._write(tenant, stored.without(one)):
                return one.secret
        raise TryAgainLater(f"webhook endpoints of {tenant}: overtaken {ROUNDS} times")

    def _read(self, tenant: str) -> _Stored:
        item = self._table.get(keys.webhook_endpoints(tenant))
        if item is None:
            return _Stored()
        read = Reader(item)
        listed, deleted = item.get("endpoints"), item.get("deleted", [])
        if not isinstance(listed, list) or not isinstance(deleted, list):
            raise read.refusal("endpoints and deleted", "lists")
        gone = [Reader(one if isinstance(one, dict) else {}) for one in deleted]
        return _Stored(
            endpoints=tuple(_from_map(one) if isinstance(one, dict) else _refuse(read) for one in listed),
            deleted={one.matching("id", ENDPOINT_ID): one.whole("secret", least=1) for one in gone},
            version=read.whole("version"),
        )

    def _write(self, tenant: str, stored: _Stored) -> bool:
        key = keys.webhook_endpoints(tenant)
        item: Item = {
            "pk": key.pk,
            "sk": key.sk,
            "entity": Entity.WEBHOOK_ENDPOINTS,
            "version": (stored.version or 0) + 1,
            "endpoints": [_to_map(one) for one in stored.endpoints],
            "deleted": [{"id": one, "secret": secret} for one, secret in stored.deleted.items()],
        }
        condition = ABSENT if stored.version is None else equal(version=stored.version)
        return self._table.put(Put(item=item, condition=condition))


def endpoint_of(endpoints: Sequence[WebhookEndpoint], endpoint_id: str) -> WebhookEndpoint | None:
    """The endpoint with this id."""
    return next((one for one in endpoints if one.id == endpoint_id), None)


def _to_map(endpoint: WebhookEndpoint) -> dict[str, Value]:
    test = endpoint.last_test
    fields: dict[str, Value | None] = {
        **{name: value for name, value in vars(endpoint).items() if name not in {"events", "last_test"}},
        "events": list(endpoint.events),
        "last_test": _present(vars(test)) if test else None,
    }
    return _present(fields)


def _present(fields: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if value is not None}


def _from_map(item: Mapping[str, Value]) -> WebhookEndpoint:
    read = Reader(item)
    events, test = item.get("events"), item.get("last_test")
    reason = read.maybe_text("disabled_reason")
    return WebhookEndpoint(
        id=read.matching("id", ENDPOINT_ID),
        url=read.text("url"),
        events=tuple(one for one in RENDER_EVENTS if isinstance(events, list) and one in events),
        created_at=read.time("created_at"),
        updated_at=read.time("updated_at"),
        disabled_at=read.maybe_time("disabled_at"),
        disabled_reason=DisabledReason(reason) if reason in list(DisabledReason) else None,
        exhausted=read.count("exhausted"),
        secret=read.whole("secret", least=1),
        overlap_ends_at=read.maybe_time("overlap_ends_at"),
        made_by=read.maybe_text("made_by"),
        rotated_by=read.maybe_text("rotated_by"),
        last_test=_test_from_map(test) if isinstance(test, dict) else None,
    )


def _test_from_map(item: Mapping[str, Value]) -> EndpointTest:
    read = Reader(item)
    return EndpointTest(
        webhook_id=read.text("webhook_id"), at=read.time("at"), error=read.maybe_text("error")
    )


def _refuse(read: Reader) -> WebhookEndpoint:
    raise read.refusal("endpoints", "a list of maps")
