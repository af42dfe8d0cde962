"""The client for asyncio."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from pydantic import JsonValue

from clipit_client import calls
from clipit_client.models import Accepted, Delivery, Event, Length, Render, Template
from clipit_client.transport import TIMEOUT, Asyncio, checked


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
        webhook_url: str | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Accepted:
        """Submit a composition, or a template with its fields; safe to try again."""
        body = calls.render_body(
            composition=composition,
            template=template,
            fields=fields,
            fleet=fleet,
            webhook_url=webhook_url,
            metadata=metadata,
        )
        return await self._run(calls.create(body, idempotency_key))

    async def validate(
        self,
        *,
        composition: Mapping[str, JsonValue] | None = None,
        template: str | None = None,
        fields: Mapping[str, JsonValue] | None = None,
    ) -> Length:
        """How long the video of a submission would be, or the error with which it would be refused."""
        body = calls.render_body(composition=composition, template=template, fields=fields)
        return await self._run(calls.validate(body))

    async def get(self, render: str) -> Render:
        """A render in its current state."""
        return await self._run(calls.get(render))

    async def list(self, *, state: str | None = None) -> AsyncIterator[Render]:
        """Every render, newest first; further pages are asked for as they are needed."""
        cursor: str | None = None
        while True:
            found = await self._run(calls.page(state=state, limit=calls.PAGE, cursor=cursor))
            for one in found.renders:
                yield one
            cursor = calls.following(found, cursor)
            if cursor is None:
                return

    async def cancel(self, render: str) -> Render:
        """Ask for a render to be cancelled."""
        return await self._run(calls.cancel(render))

    async def delete(self, render: str) -> None:
        """Delete a render that has ended; its files are erased within minutes."""
        await self._run(calls.delete(render))

    async def events(self, render: str) -> Sequence[Event]:
        """What happened to a render, in order."""
        return await self._run(calls.events(render))

    async def deliveries(self, render: str) -> Sequence[Delivery]:
        """Every try to deliver its webhook, in order."""
        return await self._run(calls.deliveries(render))

    async def wait(self, render: str, *, timeout_s: float, poll_s: float = calls.POLL_S) -> Render:
        """The render when it has succeeded.

        Raises:
            RenderFailedError: It failed or was cancelled.
            WaitTimeoutError: It has not ended within `timeout_s`; it goes on.
        """
        return await self._run(calls.wait(render, timeout_s=timeout_s, poll_s=poll_s))


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
        return await self._run(calls.upload(path, content_type))


class AsyncClient:
    """A client of one tenant; it may be used by several tasks.

    Each try has 30 s for every read and write and 5 s to connect. A try that got no answer, 408, 429 or
    5xx is followed by up to two more, after 0.5 s doubled to 8 s or what `Retry-After` asks for, 120 s at
    most.
    """

    def __init__(self, *, url: str, key: str, http: httpx.AsyncClient | None = None) -> None:
        checked(url, key)
        self._http = http or httpx.AsyncClient(base_url=url, timeout=TIMEOUT)
        transport = Asyncio(self._http, key)
        self._run = transport.run
        self.renders = AsyncRenders(transport)
        self.assets = AsyncAssets(transport)

    async def templates(self) -> Sequence[Template]:
        """The catalog of templates."""
        return await self._run(calls.templates())

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self.close()
