"""API keys and webhook secrets of tenants: made, ended, and where they lie."""

import base64
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from cli import operating
from handlers.jobs.store import table as tables
from handlers.jobs.store.api_keys import digest
from handlers.jobs.store.key_admin import ApiKeyAdmin

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

TABLE_VARIABLE = "CLIPIT_TABLE"
PREFIX_VARIABLE = "CLIPIT_WEBHOOK_SECRET_PREFIX"
_SECRET_BYTES = 32


class TenantError(Exception):
    """A key or secret cannot be made or ended; the text says why and what to do."""


PROBLEMS = (TenantError, *operating.PROBLEMS)
"""What a command about keys may end with."""


@dataclass(frozen=True, kw_only=True)
class Created:
    """A new key; this is the only time that it can be seen."""

    key: str
    key_id: str
    webhook_secret: str | None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a stack keeps keys and secrets."""

    table: str
    secret_prefix: str
    region: str
    endpoint: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Place":
        """As the environment says.

        Raises:
            TenantError: Variables are missing.
        """
        names = (TABLE_VARIABLE, PREFIX_VARIABLE, "AWS_REGION")
        if missing := [name for name in names if not environ.get(name)]:
            raise TenantError(
                f"Set {', '.join(missing)} in the environment; `clipit local env` prints them for the local "
                "stack, `pulumi stack output table_name` has the table of another one."
            )
        table, prefix, region = (environ[name] for name in names)
        return cls(table=table, secret_prefix=prefix, region=region, endpoint=environ.get("AWS_ENDPOINT_URL"))


class Tenants:
    """What an operator does for tenants."""

    def __init__(self, place: Place, session: boto3.Session) -> None:
        self._place = place
        self._ssm: SSMClient = session.client("ssm", endpoint_url=place.endpoint)
        self._keys = ApiKeyAdmin(
            tables.Table(session.client("dynamodb", endpoint_url=place.endpoint), place.table)
        )

    def create(self, tenant: str) -> Created:
        """A new key, and the tenant's webhook secret when it has none yet.

        Raises:
            TenantError: The tenant's name cannot be used.
        """
        try:
            key = self._keys.create(tenant, now=time.time())
        except ValueError as problem:
            raise TenantError(str(problem)) from problem
        return Created(key=key, key_id=digest(key), webhook_secret=self._new_secret(tenant))

    def revoke(self, key_id: str) -> None:
        """End a key.

        Raises:
            TenantError: There is none with this id.
        """
        if not self._keys.revoke(key_id, now=time.time()):
            raise TenantError(
                f"There is no key with the id {key_id}; it is the key's SHA-256 in hexadecimal."
            )

    def _new_secret(self, tenant: str) -> str | None:
        """A new webhook secret, or nothing when the tenant has one, which then stays as it is."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        try:
            self._ssm.put_parameter(
                Name=f"{self._place.secret_prefix.rstrip('/')}/{tenant}",
                Value=secret,
                Type="SecureString",
                Overwrite=False,
            )
        except self._ssm.exceptions.ParameterAlreadyExists:
            return None
        return secret
