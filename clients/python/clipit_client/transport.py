"""Takes the steps of a call: with httpx, blocking or in asyncio."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

import anyio
import httpx

from clipit_client import errors
from clipit_client.steps import Call, Outcome, Pause, Reply, Request, Step

T = TypeVar("T")
TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
"""Seconds for each read and write of one try, not for a call with its retries."""
CHUNK: Final = 1024 * 1024


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


class Blocking:
    """Takes steps one after the other in this thread."""

    def __init__(self, http: httpx.Client, key: str) -> None:
        self.http, self._key = http, key

    def run(self, call: Call[T]) -> T:
        """The result of a call."""
        with contextlib.closing(call):
            step = next(call)
            try:
                while True:
                    step = call.send(self._take(step))
            except StopIteration as end:
                result: T = end.value
                return result

    def _take(self, step: Step) -> Outcome:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return Outcome(now=time.monotonic())
        content = _read(step.content) if isinstance(step.content, Path) else step.content
        try:
            answer = self.http.request(
                step.method, step.url, content=content, headers=_headers(step, self._key)
            )
        except httpx.TransportError as error:
            return Outcome(now=time.monotonic(), error=_broken(error, step))
        return Outcome(now=time.monotonic(), reply=_reply(answer))


class Asyncio:
    """Takes steps one after the other in a task."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self.http, self._key = http, key

    async def run(self, call: Call[T]) -> T:
        """The result of a call."""
        with contextlib.closing(call):
            step = next(call)
            try:
                while True:
                    step = call.send(await self._take(step))
            except StopIteration as end:
                result: T = end.value
                return result

    async def _take(self, step: Step) -> Outcome:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return Outcome(now=time.monotonic())
        content = _read_async(step.content) if isinstance(step.content, Path) else step.content
        headers = _headers(step, self._key)
        try:
            answer = await self.http.request(step.method, step.url, content=content, headers=headers)
        except httpx.TransportError as error:
            return Outcome(now=time.monotonic(), error=_broken(error, step))
        return Outcome(now=time.monotonic(), reply=_reply(answer))


def checked(url: str, key: str) -> None:
    """Refuse an address or a key with which no request could be sent.

    Raises:
        ValueError: One of them is wrong; the key is not shown.
    """
    address = urlsplit(url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise ValueError(f"url must be http:// or https:// and a host, not {url!r}")
    if not key or not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError("key must be visible ASCII characters, as the operator gave it")


def _headers(request: Request, key: str) -> dict[str, str]:
    """The request's headers, and the key where it goes to the API: the object store never gets it."""
    own = {} if urlsplit(request.url).netloc else {"Authorization": f"Bearer {key}"}
    return {**request.headers, **own}


def _reply(answer: httpx.Response) -> Reply:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(status=answer.status_code, headers=headers, content=answer.content)


def _broken(error: httpx.TransportError, request: Request) -> errors.APIConnectionError:
    target = urlsplit(request.url)
    where = f"{request.method} {target.netloc}{target.path}"
    if isinstance(error, httpx.TimeoutException):
        return errors.APITimeoutError(f"{where} took too long ({type(error).__name__})")
    return errors.APIConnectionError(f"{where}: {error or type(error).__name__}")


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


async def _read_async(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(CHUNK):
            yield chunk
