"""API keys: their format, their stored hash, and their tenant."""

import hashlib
import re
import secrets
from dataclasses import dataclass

from handlers.jobs.store import keys
from handlers.jobs.store.customers.tenant_limits import NO_LIMITS, TenantLimits, limits_of
from handlers.jobs.store.reading import Reader
from handlers.jobs.store.table import Table
from handlers.jobs.tenants.scopes import Scope
from handlers.jobs.tenants.spaces import is_test

ACTIONS = frozenset({"dynamodb:GetItem"})

PREFIX, TEST = "ck_", "test_"
TEST_PREFIX = PREFIX + TEST
_LIMITED = tuple(scope for scope in Scope if scope is not Scope.ADMIN)
_TOKEN = re.compile(rf"{PREFIX}(?:{TEST})?(?:(?:{'|'.join(_LIMITED)})_)?[A-Za-z0-9_-]{{43}}")


def new_token(tenant: str, scope: Scope = Scope.ADMIN) -> str:
    """A new key of 256 random bits; it is shown once and never stored.

    A limited one names its scope, and that of a test space says so. So people see what they hold, and a job
    server of the release before, which knows neither, takes it for no key.
    """
    space = TEST if is_test(tenant) else ""
    name = f"{scope}_" if scope in _LIMITED else ""
    return f"{PREFIX}{space}{name}{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """What is stored instead of a key: its SHA-256 (a random 256-bit key needs no salt and no stretching)."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class KeyOwner:
    """The tenant of a valid key, its limits, and what the key may be used for."""

    tenant: str
    scope: Scope = Scope.ADMIN
    limits: TenantLimits = NO_LIMITS


class ApiKeys:
    """The job server's access to keys."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def owner_of(self, token: str) -> KeyOwner | None:
        """Whose key it is; None when it is malformed, unknown or revoked."""
        if not _TOKEN.fullmatch(token):
            return None
        item = self._table.get(keys.api_key(digest(token)))
        if item is None or "revoked_at" in item:
            return None
        read = Reader(item)
        tenant = read.text("tenant")
        return KeyOwner(tenant=tenant, scope=scope_of(read), limits=limits_of(self._table, tenant))


def scope_of(read: Reader) -> Scope:
    """The scope of a key's item; a key of before there were scopes may do everything."""
    text = read.maybe_text("scope")
    try:
        return Scope.ADMIN if text is None else Scope(text)
    except ValueError as error:
        raise read.refusal("scope", f"one of {', '.join(Scope)}") from error
