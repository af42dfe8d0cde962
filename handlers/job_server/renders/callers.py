"""Who calls, and what the limits of a tenant are."""

from dataclasses import dataclass, replace
from typing import Final

from handlers.jobs.store.api_keys import KeyOwner
from handlers.jobs.store.customers.tenant_limits import NO_LIMITS, TenantLimits
from handlers.jobs.tenants import spaces

DAY: Final = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who sends a request, and in which trace context."""

    tenant: str
    traceparent: str | None = None
    limits: TenantLimits = NO_LIMITS

    @property
    def actor(self) -> str:
        """The caller's name in a job's event list."""
        return f"api:{self.tenant}"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits for one tenant, and retention."""

    tenant_queued: int
    retention_days: int
    attempts: int

    def days_of(self, tenant: str) -> int:
        """Days for which a tenant's renders are kept."""
        return spaces.RETENTION_DAYS if spaces.is_test(tenant) else self.retention_days

    def of_owner(self, owner: KeyOwner) -> TenantLimits:
        """What the owner of a key may do: with a test key, as many renders may wait as its share allows."""
        if not spaces.is_test(owner.tenant) or owner.limits.queued is not None:
            return owner.limits
        return replace(owner.limits, queued=max(1, self.tenant_queued // spaces.SHARE))
