"""The secrets that sign a tenant's webhooks: one SecureString parameter, the newest secret first.

The notifier signs with every secret in the parameter, and a receiver takes any signature that fits (Standard
Webhooks, "Signature scheme"): with two of them a receiver can change to the new one at its own time.
"""

from typing import TYPE_CHECKING

import boto3

from cli.exits import CommandError, Exit
from handlers.jobs.outgoing.webhook_secrets import new_secret

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

ACTIONS = frozenset({"ssm:GetParameter", "ssm:PutParameter"})


class SecretError(CommandError):
    """A webhook secret cannot be shown or changed; the text says why and what to do."""


class RotationRefusedError(SecretError):
    """Two secrets are already valid, or the only one would be removed."""

    code = Exit.REFUSED


class WebhookSecrets:
    """The parameters of all tenants."""

    def __init__(self, client: "SSMClient", prefix: str) -> None:
        self._client, self._prefix = client, prefix.rstrip("/")

    @classmethod
    def connect(cls, prefix: str, region: str) -> "WebhookSecrets":
        """The parameters below a prefix in a region."""
        return cls(boto3.client("ssm", region_name=region), prefix)

    def create(self, tenant: str) -> str | None:
        """Create the tenant's first secret and return it; None if the tenant already has one."""
        secret = new_secret()
        try:
            self._client.put_parameter(
                Name=self._name(tenant), Value=secret, Type="SecureString", Overwrite=False
            )
        except self._client.exceptions.ParameterAlreadyExists:
            return None
        return secret

    def of(self, tenant: str) -> list[str]:
        """The valid secrets, the newest first.

        Raises:
            SecretError: The tenant has none.
        """
        if found := self._read(tenant):
            return found
        raise SecretError(
            f"tenant {tenant!r} has no webhook secret; `clipit webhooks secret rotate {tenant}` creates one"
        )

    def rotate(self, tenant: str) -> list[str]:
        """Add a secret and return the valid ones, newest first; the previous one stays until it is retired.

        Raises:
            RotationRefusedError: A rotation is under way.
        """
        before = self._read(tenant)
        if len(before) > 1:
            raise RotationRefusedError(
                f"{len(before)} secrets of {tenant!r} are already valid; "
                f"`clipit webhooks secret retire {tenant}` removes the older ones"
            )
        valid = [new_secret(), *before]
        self._write(tenant, valid)
        return valid

    def retire(self, tenant: str) -> int:
        """Remove all secrets but the newest; returns how many were removed.

        Raises:
            SecretError: The tenant has none.
            RotationRefusedError: Only one is valid.
        """
        newest, *older = self.of(tenant)
        if not older:
            raise RotationRefusedError(
                f"{tenant!r} has only one webhook secret; `clipit webhooks secret rotate {tenant}` adds one"
            )
        self._write(tenant, [newest])
        return len(older)

    def _read(self, tenant: str) -> list[str]:
        try:
            answer = self._client.get_parameter(Name=self._name(tenant), WithDecryption=True)
        except self._client.exceptions.ParameterNotFound:
            return []
        return answer["Parameter"]["Value"].split()

    def _write(self, tenant: str, secrets_in_order: list[str]) -> None:
        self._client.put_parameter(
            Name=self._name(tenant), Value=" ".join(secrets_in_order), Type="SecureString", Overwrite=True
        )

    def _name(self, tenant: str) -> str:
        return f"{self._prefix}/{tenant}"
