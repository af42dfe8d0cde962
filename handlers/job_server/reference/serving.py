"""Serves the page without a key: few at a time, in parts, within a time."""

import asyncio
import re
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from handlers.job_server.problems import unavailable
from handlers.job_server.reference.files import File, page_files

AT_ONCE: Final = 4
"""Files that one process sends at the same time; the page has five."""
WAITING: Final = 32
SECONDS: Final = 20.0
"""For one file, waiting included; the largest has half a megabyte, and 1.7 MB uncompressed."""
PART_BYTES: Final = 65_536
"""What a slow reader keeps in memory: uvicorn waits for it after each part."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""`data:` are the icons in Swagger UI's style sheet."""
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
}
_GZIP: Final = re.compile(r"(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))|,|$)", re.IGNORECASE)
"""In `Accept-Encoding` of whoever reads gzip; curl sends no such header without `--compressed`."""


class Places:
    """The places of those to whom a file is being sent."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING, seconds: float = SECONDS) -> None:
        self._free, self._room = asyncio.Semaphore(at_once), at_once + waiting
        self._taken, self._seconds = 0, seconds

    async def send(self, file: File, scope: Scope, send: Send) -> None:
        """Send a file; whoever takes it too slowly is cut off.

        Raises:
            ClientDisconnect: it was taken too slowly; the connection is closed.
            Problem: too many are being sent already, or waited for.
        """
        if self._taken >= self._room:
            raise unavailable("This server is busy: it already shows its reference to as many as it can.")
        self._taken += 1
        begun = False
        try:
            async with asyncio.timeout(self._seconds), self._free:
                begun = True
                await _send(file, scope, send)
        except TimeoutError as error:
            if not begun:
                raise unavailable("This server is busy: it shows its reference to many.") from error
            raise ClientDisconnect from error
        finally:
            self._taken -= 1


async def _send(file: File, scope: Scope, send: Send) -> None:
    message = {"type": "http.response.start", "status": 200, "headers": []}
    headers = MutableHeaders(scope=message)
    compressed = bool(_GZIP.search(Headers(scope=scope).get("Accept-Encoding", "")))
    content = file.content if compressed else file.plain
    headers.update({**HEADERS, "Content-Type": file.media_type, "Content-Length": str(len(content))})
    if compressed:
        headers["Content-Encoding"] = "gzip"
    await send(message)
    parts = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
    for part in parts if scope["method"] == "GET" else ():
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


def reference_routes(places: Places) -> list[Route]:
    """The routes of the page and of its files, on the event loop alone."""
    return [Route(path, _Sends(file, places), methods=["GET"]) for path, file in page_files().items()]


class _Sends:
    """Sends one file: an ASGI application."""

    def __init__(self, file: File, places: Places) -> None:
        self._file, self._places = file, places

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        await self._places.send(self._file, scope, send)
