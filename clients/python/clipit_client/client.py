"""The blocking client."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from pydantic import JsonValue

from clipit_client import calls
from clipit_client.models import Accepted, Delivery, Event, Length, Render, Template
from clipit_client.transport import TIMEOUT, Blocking, checked


class Renders:
    """The renders of a tenant."""

    def __init__(self, transport: Blocking) -> None:
        self._run = transport.run

    def create(  # noqa: PLR0913 - the fields of a submission
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
        return self._run(calls.create(body, idempotency_key))

    def validate(
        self,
        *,
        composition: Mapping[str, JsonValue] | None = None,
        template: str | None = None,
        fields: Mapping[str, JsonValue] | None = None,
    ) -> Length:
        """How long the video of a submission would be, or the error with which it would be refused."""
        body = calls.render_body(composition=composition, template=template, fields=fields)
        return self._run(calls.validate(body))

    def get(self, render: str) -> Render:
        """A render in its current state."""
        return self._run(calls.get(render))

    def list(self, *, state: str | None = None) -> Iterator[Render]:
        """Every render, newest first; further pages are asked for as they are needed."""
        cursor: str | None = None
        while True:
            found = self._run(calls.page(state=state, limit=calls.PAGE, cursor=cursor))
            yield from found.renders
            cursor = calls.following(found, cursor)
            if cursor is None:
                return

    def cancel(self, render: str) -> Render:
        """Ask for a render to be cancelled."""
        return self._run(calls.cancel(render))

    def delete(self, render: str) -> None:
        """Delete a render that has ended; its files are erased within minutes."""
        self._run(calls.delete(render))

    def events(self, render: str) -> Sequence[Event]:
        """What happened to a render, in order."""
        return self._run(calls.events(render))

    def deliveries(self, render: str) -> Sequence[Delivery]:
        """Every try to deliver its webhook, in order."""
        return self._run(calls.deliveries(render))

    def wait(self, render: str, *, timeout_s: float, poll_s: float = calls.POLL_S) -> Render:
        """The render when it has succeeded.

        Raises:
            RenderFailedError: It failed or was cancelled.
            WaitTimeoutError: It has not ended within `timeout_s`; it goes on.
        """
        return self._run(calls.wait(render, timeout_s=timeout_s, poll_s=poll_s))


class Assets:
    """The files of a tenant."""

    def __init__(self, transport: Blocking) -> None:
        self._run = transport.run

    def upload(self, path: Path, *, content_type: str | None = None) -> str:
        """Upload a file; the id under which a composition uses it.

        Raises:
            ValueError: Its type cannot be guessed from its name, and was not given.
            UploadError: The object store refused it.
        """
        return self._run(calls.upload(path, content_type))


class Client:
    """A client of one tenant; it may be used by several threads.

    Each try has 30 s for every read and write and 5 s to connect. A try that got no answer, 408, 429 or
    5xx is followed by up to two more, after 0.5 s doubled to 8 s or what `Retry-After` asks for, 120 s at
    most.
    """

    def __init__(self, *, url: str, key: str, http: httpx.Client | None = None) -> None:
        checked(url, key)
        self._http = http or httpx.Client(base_url=url, timeout=TIMEOUT)
        transport = Blocking(self._http, key)
        self._run = transport.run
        self.renders = Renders(transport)
        self.assets = Assets(transport)

    def templates(self) -> Sequence[Template]:
        """The catalog of templates."""
        return self._run(calls.templates())

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
