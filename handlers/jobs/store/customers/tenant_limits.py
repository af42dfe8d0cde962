"""The limits of single tenants, as an operator sets them; a limit that is not set is the stack's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from handlers.jobs.ids import TENANT, tenant_name
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import OnUnreadable, Reader, readable, untold
from handlers.jobs.store.table import Condition, Put, Query, Table, equal
from handlers.jobs.tenants import spaces

ACTIONS: Final = frozenset({"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"})
"""What an operator calls; the job server reads limits with its keys."""
MOST_QUEUED, MOST_RENDERING, MOST_PER_SECOND = 1_000_000, 100_000, 10_000


@dataclass(frozen=True, kw_only=True)
class TenantLimits:
    """What one tenant may do; None where the stack's limit holds.

    `queued` is how many renders may wait in a fleet, `rendering` how many a fleet renders at once, and
    `per_second` how many writes the tenant may make a second, and five times as many reads.
    """

    queued: int | None = None
    rendering: int | None = None
    per_second: int | None = None

    def part(self, parts: int) -> "TenantLimits":
        """One part in so many of each limit, and at least 1."""
        return TenantLimits(**{name: value and max(1, value // parts) for name, value in vars(self).items()})

    def over(self, other: "TenantLimits") -> "TenantLimits":
        """These limits, and the other's where these have none."""
        return replace(other, **{name: value for name, value in vars(self).items() if value is not None})


NO_LIMITS: Final = TenantLimits()


@dataclass(frozen=True, kw_only=True)
class LimitedTenant:
    """A tenant that has limits of its own."""

    tenant: str
    limits: TenantLimits


def limits_of(table: Table, tenant: str) -> TenantLimits:
    """The limits of a tenant; a test space has a part of its tenant's, unless it has some of its own.

    Raises:
        UnreadableItemError: its item holds what this service never writes.
    """
    limits = own_limits_of(table, tenant)
    if not spaces.is_test(tenant):
        return limits
    return limits.over(limits_of(table, tenant.removeprefix(spaces.PREFIX)).part(spaces.SHARE))


def own_limits_of(table: Table, tenant: str) -> TenantLimits:
    """The limits that an operator has set for this name itself.

    Raises:
        UnreadableItemError: its item holds what this service never writes.
    """
    item = table.get(keys.tenant_limits(tenant))
    return _limits(Reader(item)) if item else NO_LIMITS


class TenantLimitsAdmin:
    """The operator's access to limits."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def change(self, tenant: str, limits: TenantLimits, *, now: float) -> TenantLimits:
        """Set the limits that are given, and leave the tenant's others; what holds for it then.

        A limit that a test space has from its tenant is none of its own, and stays a part of the tenant's.

        Raises:
            ValueError: the tenant's name cannot be used.
            UnreadableItemError: its item holds what this service never writes.
        """
        self.set(tenant, limits.over(own_limits_of(self._table, tenant)), now=now)
        return self.of(tenant)

    def set(self, tenant: str, limits: TenantLimits, *, now: float) -> None:
        """Replace the limits of a tenant.

        Raises:
            ValueError: the tenant's name cannot be used.
        """
        key = keys.tenant_limits(tenant_name(tenant))
        given: Item = {name: value for name, value in vars(limits).items() if value is not None}
        item: Item = {
            "pk": key.pk,
            "sk": key.sk,
            "entity": Entity.TENANT,
            "tenant": tenant,
            "tenant_pk": keys.tenants_pk(),
            "tenant_sk": tenant,
            "updated_at": now,
            **given,
        }
        # Whatever is there: the latest setting is the one that counts.
        self._table.put(
            Put(item=item, condition=Condition("attribute_not_exists(#pk) OR attribute_exists(#pk)"))
        )

    def reset(self, tenant: str) -> bool:
        """Let the stack's limits hold for a tenant again; False when it had none of its own."""
        return self._table.delete(keys.tenant_limits(tenant), Condition("attribute_exists(#pk)"))

    def of(self, tenant: str) -> TenantLimits:
        """The limits of a tenant."""
        return limits_of(self._table, tenant)

    def all(self, on_unreadable: OnUnreadable = untold) -> Iterator[LimitedTenant]:
        """The tenants that have limits, by name; one that got them in the last second may be missing."""
        match = equal(tenant_pk=keys.tenants_pk())
        found = self._table.query(Query(index=keys.BY_TENANT, match=match))
        return readable(found, _limited_tenant, on_unreadable)


def _limited_tenant(item: Mapping[str, Value]) -> LimitedTenant:
    read = Reader(item)
    return LimitedTenant(tenant=read.matching("tenant", TENANT), limits=_limits(read))


def _limits(read: Reader) -> TenantLimits:
    return TenantLimits(
        queued=read.maybe_whole("queued", 1, MOST_QUEUED),
        rendering=read.maybe_whole("rendering", 1, MOST_RENDERING),
        per_second=read.maybe_whole("per_second", 1, MOST_PER_SECOND),
    )
