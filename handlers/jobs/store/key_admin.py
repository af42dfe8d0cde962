"""The operator's side of API keys: create and revoke."""

from handlers.jobs.ids import TENANT
from handlers.jobs.store import keys
from handlers.jobs.store.api_keys import digest, new_token
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.table import Put, Table, Update

ACTIONS = frozenset({"dynamodb:PutItem", "dynamodb:UpdateItem"})


class ApiKeyAdmin:
    """What an operator may do to keys."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, tenant: str, *, now: float) -> str:
        """A new key for the tenant; the answer is the only time it is seen.

        Raises:
            ValueError: the tenant's name cannot be used.
        """
        if not TENANT.fullmatch(tenant):
            raise ValueError(
                f"tenant {tenant!r}: use 1 to 63 lower-case letters, digits and hyphens, no hyphen first"
            )
        token = new_token()
        key = keys.api_key(digest(token))
        self._table.put(
            Put(
                item={
                    "pk": key.pk,
                    "sk": key.sk,
                    "entity": Entity.API_KEY,
                    "tenant": tenant,
                    "created_at": now,
                }
            )
        )
        return token

    def revoke(self, key_digest: str, *, now: float) -> bool:
        """End a key, named by its SHA-256; False when there is none."""
        return (
            self._table.update(Update(key=keys.api_key(key_digest), changes={"revoked_at": now})) is not None
        )
