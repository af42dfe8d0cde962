"""The operator's side of API keys: create, list and revoke."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from handlers.jobs.ids import tenant_name
from handlers.jobs.store import keys
from handlers.jobs.store.api_keys import digest, new_token, scope_of
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import OnUnreadable, Reader, readable, untold
from handlers.jobs.store.table import Put, Query, Table, Update, equal
from handlers.jobs.tenants.scopes import Scope
from handlers.jobs.tenants.spaces import is_test

ACTIONS = frozenset({"dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"})

_PK = re.compile(rf"{keys.api_key('').pk}[0-9a-f]{{64}}")


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as it is stored; the id is its SHA-256, times are seconds since the epoch."""

    id: str
    created_at: float
    revoked_at: float | None
    test: bool = False
    scope: Scope = Scope.ADMIN


class ApiKeyAdmin:
    """The operator's access to keys."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, tenant: str, *, now: float, scope: Scope = Scope.ADMIN) -> str:
        """Create a key for the tenant; only this call returns it.

        Raises:
            ValueError: the tenant's name cannot be used.
        """
        token = new_token(tenant, scope)
        key_id = digest(token)
        key = keys.api_key(key_id)
        self._table.put(
            Put(
                item={
                    "pk": key.pk,
                    "sk": key.sk,
                    "entity": Entity.API_KEY,
                    "tenant": tenant_name(tenant),
                    "scope": scope.value,
                    "created_at": now,
                    "tenant_pk": keys.api_keys_pk(tenant),
                    "tenant_sk": keys.tenant_sk(now, key_id),
                }
            )
        )
        return token

    def of_tenant(self, tenant: str, on_unreadable: OnUnreadable = untold) -> Iterator[ApiKey]:
        """Every key of a tenant, the oldest first; a key created in the last second may be missing."""
        match = equal(tenant_pk=keys.api_keys_pk(tenant))
        return readable(
            self._table.query(Query(index=keys.BY_TENANT, match=match)), _key_from_item, on_unreadable
        )

    def revoke(self, key_digest: str, *, now: float) -> bool:
        """Revoke a key by its SHA-256; False when there is none."""
        return (
            self._table.update(Update(key=keys.api_key(key_digest), changes={"revoked_at": now})) is not None
        )


def _key_from_item(item: Mapping[str, Value]) -> ApiKey:
    read = Reader(item)
    return ApiKey(
        id=read.matching("pk", _PK).removeprefix(keys.api_key("").pk),
        created_at=read.time("created_at"),
        revoked_at=read.maybe_time("revoked_at"),
        test=is_test(read.text("tenant")),
        scope=scope_of(read),
    )
