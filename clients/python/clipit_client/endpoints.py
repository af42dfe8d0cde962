"""The webhook endpoints of a tenant, for the blocking client and for the one for asyncio."""

from collections.abc import Sequence

from clipit_client import endpoint_calls as calls
from clipit_client.models import WebhookEndpoint, WebhookEndpointSecret, WebhookEndpointTestRequested
from clipit_client.transport import Asyncio, Blocking


class WebhookEndpoints:
    """Addresses that receive the webhooks of all renders that name no URL of their own."""

    def __init__(self, transport: Blocking) -> None:
        self._run = transport.run

    def create(
        self,
        *,
        url: str,
        events: Sequence[str] | None = None,
        enabled: bool | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookEndpointSecret:
        """Create an endpoint; keep its secret, which is not shown again.

        Raises:
            TooManyWebhookEndpointsError: There are five already.
        """
        body = calls.body_of(url=url, events=events, enabled=enabled)
        return self._run(calls.create(body, idempotency_key))

    def list(self) -> Sequence[WebhookEndpoint]:
        """All endpoints, the oldest first; one that was disabled says since when and why."""
        return self._run(calls.listed())

    def get(self, endpoint: str) -> WebhookEndpoint:
        """One endpoint, with the result of its latest test."""
        return self._run(calls.get(endpoint))

    def change(
        self,
        endpoint: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        enabled: bool | None = None,
    ) -> WebhookEndpoint:
        """Change what is given; enabling it forgets the deliveries that were given up."""
        body = calls.body_of(url=url, events=events, enabled=enabled)
        return self._run(calls.change(endpoint, body))

    def delete(self, endpoint: str) -> None:
        """Delete an endpoint, now or before; what is on its way to it is not sent any more."""
        self._run(calls.delete(endpoint))

    def rotate_secret(self, endpoint: str, *, idempotency_key: str | None = None) -> WebhookEndpointSecret:
        """Give an endpoint a new secret; for 24 hours the one before signs too.

        Raises:
            SecretRotationUnderWayError: Two secrets are valid already.
        """
        return self._run(calls.rotate_secret(endpoint, idempotency_key))

    def test(self, endpoint: str, *, idempotency_key: str | None = None) -> WebhookEndpointTestRequested:
        """Have a signed `endpoint.test` sent; `last_test` of the endpoint has the result."""
        return self._run(calls.test(endpoint, idempotency_key))


class AsyncWebhookEndpoints:
    """Addresses that receive the webhooks of all renders that name no URL of their own."""

    def __init__(self, transport: Asyncio) -> None:
        self._run = transport.run

    async def create(
        self,
        *,
        url: str,
        events: Sequence[str] | None = None,
        enabled: bool | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookEndpointSecret:
        """Create an endpoint; keep its secret, which is not shown again.

        Raises:
            TooManyWebhookEndpointsError: There are five already.
        """
        body = calls.body_of(url=url, events=events, enabled=enabled)
        return await self._run(calls.create(body, idempotency_key))

    async def list(self) -> Sequence[WebhookEndpoint]:
        """All endpoints, the oldest first; one that was disabled says since when and why."""
        return await self._run(calls.listed())

    async def get(self, endpoint: str) -> WebhookEndpoint:
        """One endpoint, with the result of its latest test."""
        return await self._run(calls.get(endpoint))

    async def change(
        self,
        endpoint: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        enabled: bool | None = None,
    ) -> WebhookEndpoint:
        """Change what is given; enabling it forgets the deliveries that were given up."""
        body = calls.body_of(url=url, events=events, enabled=enabled)
        return await self._run(calls.change(endpoint, body))

    async def delete(self, endpoint: str) -> None:
        """Delete an endpoint, now or before; what is on its way to it is not sent any more."""
        await self._run(calls.delete(endpoint))

    async def rotate_secret(
        self, endpoint: str, *, idempotency_key: str | None = None
    ) -> WebhookEndpointSecret:
        """Give an endpoint a new secret; for 24 hours the one before signs too.

        Raises:
            SecretRotationUnderWayError: Two secrets are valid already.
        """
        return await self._run(calls.rotate_secret(endpoint, idempotency_key))

    async def test(
        self, endpoint: str, *, idempotency_key: str | None = None
    ) -> WebhookEndpointTestRequested:
        """Have a signed `endpoint.test` sent; `last_test` of the endpoint has the result."""
        return await self._run(calls.test(endpoint, idempotency_key))
