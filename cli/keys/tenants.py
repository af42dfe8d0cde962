"""Creates, lists and revokes API keys; a tenant's first key comes with its webhook secret."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.exits import CommandError
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.store.api_keys import digest
from handlers.jobs.store.key_admin import ApiKey, ApiKeyAdmin
from handlers.jobs.store.reading import OnUnreadable
from handlers.jobs.store.table import Table
from handlers.jobs.tenants.scopes import Scope
from handlers.jobs.tenants.spaces import PREFIX, is_test, space_of


class TenantError(CommandError):
    """A key cannot be created or revoked; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Created:
    """A new key; it cannot be shown again."""

    key: str
    key_id: str
    webhook_secret: str | None


class Tenants:
    """What an operator does for tenants."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._keys, self._clock = ApiKeyAdmin(table), clock

    def create(
        self, tenant: str, secrets: WebhookSecrets, scope: Scope = Scope.ADMIN, *, test: bool = False
    ) -> Created:
        """Create the webhook secret of the tenant or its test space if it has none, then a key.

        In this order, because a secret can be shown later, while a key that nobody saw can only be revoked.

        Raises:
            TenantError: The name is that of a test space, or too long to have one.
        """
        tenant = _space(tenant, test=test)
        secret = secrets.create(tenant)
        key = self._keys.create(tenant, now=self._clock(), scope=scope)
        return Created(key=key, key_id=digest(key), webhook_secret=secret)

    def keys(self, tenant: str, on_unreadable: OnUnreadable) -> Sequence[ApiKey]:
        """All keys of a tenant, the oldest first, and then those of its test space."""
        spaces = [tenant] if is_test(tenant) else [tenant, PREFIX + tenant]
        return [key for space in spaces for key in self._keys.of_tenant(space, on_unreadable)]

    def revoke(self, key_id: str) -> None:
        """End a key.

        Raises:
            TenantError: There is none with this id.
        """
        if not self._keys.revoke(key_id, now=self._clock()):
            raise TenantError(
                f"There is no key with the id {key_id}; `clipit keys list TENANT` shows the ids of a tenant."
            )


def _space(tenant: str, *, test: bool) -> str:
    """The tenant, or its test space."""
    if is_test(tenant):
        raise TenantError(
            f"{tenant} is a test space; its keys come from "
            f"`clipit keys create {tenant.removeprefix(PREFIX)} --test`."
        )
    try:
        return space_of(tenant) if test else tenant
    except ValueError as problem:
        raise TenantError(str(problem)) from None
