"""Takes the steps of a call: with httpx, blocking or in asyncio."""

import asyncio
import contextlib
import logging
import time
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx

from clipit_client import errors
from clipit_client.contents import Received, read, read_async
from clipit_client.retries import retried
from clipit_client.steps import Call, Outcome, Pause, Reply, Request, Step

T = TypeVar("T")
TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
"""Seconds for each read and write of one try, not for a call with its retries."""
FAULTS: Final = (httpx.RequestError, httpx.InvalidURL, UnicodeError, errors.APIResponseError)
"""What is raised where no answer came, where nothing could be sent, and where the answer is too large."""
_SHOWN = 200
"""Characters of an address in an error."""


class WithoutLinks(logging.Filter):
    """Keeps signed links out of httpx's log, which names the address of every request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut the query from each address; every record passes."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                one.copy_with(query=None) if isinstance(one, httpx.URL) else one for one in record.args
            )
        return True


logging.getLogger("httpx").addFilter(WithoutLinks())


class Server:
    """The API and the key for it."""

    def __init__(self, url: str, key: str) -> None:
        checked(url, key)
        self._url, self._key = url.rstrip("/"), key

    def address(self, request: Request) -> str:
        """Where a request goes."""
        return request.url if request.link else self._url + request.url

    def headers(self, request: Request) -> dict[str, str]:
        """The headers of a request, with the key only where it goes to the API."""
        own = {} if request.link else {"Authorization": f"Bearer {self._key}"}
        return {**request.headers, **own}

    def failed(self, error: Exception, request: Request) -> Outcome:
        """What came of a request without an answer; no error holds a signature."""
        where = f"{request.method} {self.address(request).partition('?')[0][:_SHOWN]}"
        return Outcome(now=time.monotonic(), error=_error(where, error))


def _error(where: str, error: Exception) -> errors.ClipItError:
    match error:
        case errors.APIResponseError():
            return errors.APIResponseError(f"{where}: {error}")
        case httpx.TimeoutException():
            return errors.APITimeoutError(f"{where} took too long ({type(error).__name__})")
        case httpx.RequestError():
            return errors.APIConnectionError(f"{where}: {error or type(error).__name__}")
        case _:
            return errors.UnsendableRequestError(f"{where} cannot be sent: {error}")


class Blocking:
    """Takes steps one after the other in this thread."""

    def __init__(self, http: httpx.Client, server: Server, retries: int) -> None:
        self._http, self._server, self._retries = http, server, retries

    def run(self, call: Call[T]) -> T:
        """The result of a call."""
        with contextlib.closing(retried(call, self._retries)) as steps:
            step = next(steps)
            try:
                while True:
                    step = steps.send(self._take(step))
            except StopIteration as end:
                result: T = end.value
                return result

    def _take(self, step: Step) -> Outcome:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return Outcome(now=time.monotonic())
        try:
            reply = self._answered(step)
        except FAULTS as error:
            return self._server.failed(error, step)
        return Outcome(now=time.monotonic(), reply=reply)

    def _answered(self, step: Request) -> Reply:
        address, headers = self._server.address(step), self._server.headers(step)
        with (
            self._http.stream(step.method, address, content=read(step.content), headers=headers) as answer,
            Received(step, answer) as received,
        ):
            for chunk in answer.iter_bytes():
                received.add(chunk)
            return received.reply()


class Asyncio:
    """Takes steps one after the other in a task."""

    def __init__(self, http: httpx.AsyncClient, server: Server, retries: int) -> None:
        self._http, self._server, self._retries = http, server, retries

    async def run(self, call: Call[T]) -> T:
        """The result of a call."""
        with contextlib.closing(retried(call, self._retries)) as steps:
            step = next(steps)
            try:
                while True:
                    step = steps.send(await self._take(step))
            except StopIteration as end:
                result: T = end.value
                return result

    async def _take(self, step: Step) -> Outcome:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return Outcome(now=time.monotonic())
        try:
            reply = await self._answered(step)
        except FAULTS as error:
            return self._server.failed(error, step)
        return Outcome(now=time.monotonic(), reply=reply)

    async def _answered(self, step: Request) -> Reply:
        address, headers = self._server.address(step), self._server.headers(step)
        content = read_async(step.content)
        async with self._http.stream(step.method, address, content=content, headers=headers) as answer:
            with Received(step, answer) as received:
                async for chunk in answer.aiter_bytes():
                    await asyncio.to_thread(received.add, chunk)
                return received.reply()


def checked(url: str, key: str) -> None:
    """Refuse an address or a key with which no request could be sent.

    Raises:
        ValueError: One of them is wrong; the key and a password are not shown.
    """
    if "@" in url:
        raise ValueError("url must have no user name or password before an @; give only the address")
    address = urlsplit(url)
    if address.scheme not in {"http", "https"} or not address.hostname or address.query or address.fragment:
        raise ValueError(f"url must be http:// or https:// and a host, not {url!r}")
    if not key or not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError("key must be visible ASCII characters, as the operator gave it")
