"""The secrets of webhook endpoints, as encrypted parameters of Systems Manager."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import boto3

from handlers.jobs.client_config import client_config
from handlers.jobs.errors import calling
from handlers.jobs.outgoing.webhook_secrets import new_secret, secret_of_endpoint

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

ACTIONS: Final = frozenset({"ssm:DeleteParameters", "ssm:GetParameter", "ssm:PutParameter"})


class SsmEndpointSecrets:
    """One parameter for each secret, which is created once and never changed."""

    def __init__(self, client: "SSMClient", prefix: str) -> None:
        self._client, self._prefix = client, prefix

    def create(self, tenant: str, endpoint: str, number: int) -> str:
        """The endpoint's n-th secret, made now unless it was made before.

        Raises:
            TryAgainLater: the store of parameters is throttling or unreachable.
        """
        secret, name = new_secret(), self._name(tenant, endpoint, number)
        with calling("create a webhook secret"):
            try:
                self._client.put_parameter(Name=name, Value=secret, Type="SecureString", Overwrite=False)
            except self._client.exceptions.ParameterAlreadyExists:
                return self._client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        return secret

    def forget(self, tenant: str, endpoint: str, numbers: Sequence[int]) -> None:
        """Remove secrets; those that are not there are gone already.

        Raises:
            TryAgainLater: the store of parameters is throttling or unreachable.
        """
        with calling("remove webhook secrets"):
            self._client.delete_parameters(Names=[self._name(tenant, endpoint, one) for one in numbers])

    def _name(self, tenant: str, endpoint: str, number: int) -> str:
        return f"{self._prefix}/{secret_of_endpoint(tenant, endpoint, number)}"


def connect_secrets(region: str, prefix: str, *, connections: int) -> SsmEndpointSecrets:
    """The deployed store of parameters."""
    client = boto3.client("ssm", region_name=region, config=client_config(connections=connections))
    return SsmEndpointSecrets(client, prefix)
