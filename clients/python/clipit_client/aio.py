"""The client for asyncio."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from pydantic import JsonValue

from clipit_client import calls, transfers
from clipit_client.batches import AsyncBatches
from clipit_client.endpoints import AsyncWebhookEndpoints
from clipit_client.models import (
    Accepted,
    Delivery,
    Event,
    Health,
    Length,
    Redelivery,
    Render,
    Template,
    TemplateVersion,
    UsageDay,
)
from clipit_client.retries import RETRIES
from clipit_client.transport import TIMEOUT, Asyncio, Server
from clipit_client.waiting import POLL_S, unseen


class AsyncRenders:
    """The renders of a tenant."""

    def __init__(self, transport: Asyncio) -> None:
        self._run = transport.run

    async def create(  # noqa: PLR0913 - the fields of a submission
        self,
        *,
        composition: Mapping[str, JsonValue] | None = None,
        template: str | None = None,
        fields: Mapping[str, JsonValue] | None = None,
        fleet: str | None = None,
        priority: str | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, str] | None = None,
        output: Mapping[str, JsonValue] | None = None,
        idempotency_key: str | None = None,
    ) -> Accepted:
        """Submit a composition, or a template with its fields; safe to try again.

        `priority` is `normal` or `bulk`.
        """
        body = calls.render_body(
            composition=composition,
            template=template,
            fields=fields,
            fleet=fleet,
            priority=priority,
            webhook_url=webhook_url,
            metadata=metadata,
            output=output,
        )
        return await self._run(calls.create(body, idempotency_key))

    async def validate(  # noqa: PLR0913 - the fields of a submission
        self,
        *,
        composition: Mapping[str, JsonValue] | None = None,
        template: str | None = None,
        fields: Mapping[str, JsonValue] | None = None,
        fleet: str | None = None,
        priority: str | None = None,
        webhook_url: str | None = None,
        metadata: Mapping[str, str] | None = None,
        output: Mapping[str, JsonValue] | None = None,
    ) -> Length:
        """How long the video of a submission would be, or the error with which it would be refused."""
        body = calls.render_body(
            composition=composition,
            template=template,
            fields=fields,
            fleet=fleet,
            priority=priority,
            webhook_url=webhook_url,
            metadata=metadata,
            output=output,
        )
        return await self._run(calls.validate(body))

    async def get(self, render: str, *, include: Sequence[str] = ()) -> Render:
        """A render in its current state; `include` asks for "composition" and "events" too."""
        return await self._run(calls.get(render, include))

    async def list(  # noqa: PLR0913 - the filters of the API
        self,
        *,
        state: str | None = None,
        template: str | None = None,
        batch: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        idempotency_key: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Render]:
        """The newest renders first, all or at most `limit`; pages are asked for as they are needed.

        All filters must hold. The times have a time zone; `created_after` is included. An idempotency key
        finds the render of a submission whose answer was lost.
        """
        pages = calls.pages(
            state=state,
            template=template,
            batch=batch,
            created_after=created_after,
            created_before=created_before,
            idempotency_key=idempotency_key,
            limit=limit,
        )
        while not pages.over:
            for one in await self._run(pages.following()):
                yield one

    async def cancel(self, render: str) -> Render:
        """Ask for a render to be cancelled."""
        return await self._run(calls.cancel(render))

    async def delete(self, render: str) -> None:
        """Delete a render that has ended; its files are gone within minutes.

        Raises:
            RenderIsNotFinalError: It has not ended.
        """
        await self._run(calls.delete(render))

    async def events(self, render: str) -> Sequence[Event]:
        """What happened to a render, in order."""
        return await self._run(calls.events(render))

    async def deliveries(self, render: str) -> Sequence[Delivery]:
        """Every try to deliver its webhook, in order."""
        return await self._run(calls.deliveries(render))

    async def redeliver(self, render: str, *, idempotency_key: str | None = None) -> Redelivery:
        """Have the webhook of a render that has ended delivered again, with the same `webhook-id`.

        Raises:
            RenderIsNotFinalError: It has not ended.
            RenderHasNoWebhookError: It has no webhook.
        """
        return await self._run(calls.redeliver(render, idempotency_key))

    async def wait(
        self,
        render: str,
        *,
        timeout_s: float,
        poll_s: float = POLL_S,
        seen: Callable[[Render], None] = unseen,
    ) -> Render:
        """The render when it has succeeded; `seen` is called with it at each look.

        Two looks are `poll_s` apart, or as far as the API asks for where that is more. A server in trouble is
        asked again for a minute.

        Raises:
            RenderFailedError: It failed or was cancelled.
            WaitTimeoutError: It has not ended within `timeout_s`; it goes on.
        """
        return await self._run(calls.wait(render, timeout_s=timeout_s, poll_s=poll_s, seen=seen))

    async def download(self, render: str, target: Path) -> Render:
        """Keep the video of a render in a file, which is there once it is whole.

        Raises:
            DownloadError: The render has no video, or the object store did not give it.
            OSError: The file cannot be written.
        """
        return await self._run(transfers.download(render, target))


class AsyncAssets:
    """The files of a tenant."""

    def __init__(self, transport: Asyncio) -> None:
        self._run = transport.run

    async def upload(self, path: Path, *, content_type: str | None = None) -> str:
        """Upload a file; the id under which a composition uses it.

        Raises:
            ValueError: Its type cannot be guessed from its name, and was not given.
            UploadError: The object store refused it.
        """
        return await self._run(transfers.upload(path, content_type))

    async def delete(self, asset: str) -> None:
        """Delete a file; it is gone within minutes, and renders that still need it fail.

        Raises:
            NotFoundError: There is none.
        """
        await self._run(calls.delete_asset(asset))


class AsyncTemplates:
    """The templates of the catalog, and those of a tenant."""

    def __init__(self, transport: Asyncio) -> None:
        self._run = transport.run

    async def put(
        self, name: str, definition: Mapping[str, JsonValue], *, if_version: int | None = None
    ) -> TemplateVersion:
        """Put the next version of a template; safe to try again.

        Raises:
            InvalidRequestError: It has mistakes; each has its place.
            OtherVersionError: The newest version is not `if_version`; 0 stands for no template.
        """
        return await self._run(calls.put_template(name, definition, if_version=if_version))

    async def get(self, reference: str) -> TemplateVersion:
        """A template: the newest version, or the one of `name@version`."""
        return await self._run(calls.template(reference))

    async def list(self) -> Sequence[Template]:
        """The templates of the catalog, and then the tenant's own by name."""
        return await self._run(calls.templates())

    async def delete(self, name: str, *, if_version: int | None = None) -> None:
        """Delete a template with all versions; renders of it go on.

        Raises:
            OtherVersionError: The newest version is not `if_version`.
        """
        await self._run(calls.delete_template(name, if_version=if_version))


class AsyncClient:
    """A client of one tenant; it may be used by several tasks.

    Each try has 30 s for every read and write and 5 s to connect. A try that got no answer, 408, 429 or
    5xx is followed by up to `retries` more, after 0.5 s doubled to 8 s, or what `Retry-After` asks for; if
    that is more than 120 s, the error is raised at once, with `retry_after_s`.

    Raises:
        ValueError: The address or the key is none.
    """

    def __init__(
        self, *, url: str, key: str, retries: int = RETRIES, http: httpx.AsyncClient | None = None
    ) -> None:
        server = Server(url, key)
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT)
        transport = Asyncio(self._http, server, retries)
        self._run = transport.run
        self.batches = AsyncBatches(transport)
        self.renders = AsyncRenders(transport)
        self.assets = AsyncAssets(transport)
        self.webhook_endpoints = AsyncWebhookEndpoints(transport)
        self.templates = AsyncTemplates(transport)

    async def usage(self, first: date, last: date) -> Sequence[UsageDay]:
        """What renders that ended on these days have used, in UTC, both days included, at most 92."""
        return await self._run(calls.usage(first, last))

    async def health(self) -> Health:
        """See that the server can answer.

        Raises:
            ClipItError: It cannot.
        """
        return await self._run(calls.health())

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self.close()
