"""API keys: their format, their stored hash, and their tenant."""

import hashlib
import re
import secrets

from handlers.jobs.spaces import is_test
from handlers.jobs.store import keys
from handlers.jobs.store.reading import Reader
from handlers.jobs.store.table import Table

ACTIONS = frozenset({"dynamodb:GetItem"})

PREFIX, TEST_PREFIX = "ck_", "ck_test_"
_TOKEN = re.compile(rf"(?:{PREFIX}|{TEST_PREFIX})[A-Za-z0-9_-]{{43}}")


def new_token(tenant: str) -> str:
    """A new key of 256 random bits; it is shown once and never stored. That of a test space says so."""
    return (TEST_PREFIX if is_test(tenant) else PREFIX) + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored instead of a key: its SHA-256 (a random 256-bit key needs no salt and no stretching)."""
    return hashlib.sha256(token.encode()).hexdigest()


class ApiKeys:
    """The job server's access to keys."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def tenant_of(self, token: str) -> str | None:
        """The tenant that the key belongs to; None when it is malformed, unknown or revoked."""
        if not _TOKEN.fullmatch(token):
            return None
        item = self._table.get(keys.api_key(digest(token)))
        if item is None or "revoked_at" in item:
            return None
        return Reader(item).text("tenant")
