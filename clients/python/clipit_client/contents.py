"""The content of requests and of answers: files that are sent, and what arrives."""

import time
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import anyio
import httpx

from clipit_client import errors
from clipit_client.steps import LARGEST_ANSWER, OK, Reply, Request

CHUNK: Final = 1024 * 1024
LONGEST_ANSWER_S: Final = 30.0
"""For the whole content of an answer of the API; a file may take longer, while each read is in time."""


class Received:
    """The content of an answer as it arrives, in memory or in the file that the request names."""

    def __init__(self, request: Request, answer: httpx.Response) -> None:
        self._answer = answer
        self._target = request.target if answer.status_code == OK else None
        self._file: IO[bytes] = BytesIO() if self._target is None else self._target.open("wb")
        self._largest = LARGEST_ANSWER if self._target is None else request.target_size
        self._until = time.monotonic() + LONGEST_ANSWER_S
        self._size = 0

    def add(self, chunk: bytes) -> None:
        """Keep the next part.

        Raises:
            APIResponseError: The content is larger than the request allows.
            httpx.ReadTimeout: The content trickles in without an end.
        """
        self._size += len(chunk)
        if self._size > self._largest:
            raise errors.APIResponseError(f"the answer is larger than {self._largest} bytes")
        if self._target is None and time.monotonic() > self._until:
            raise httpx.ReadTimeout(f"the answer took longer than {LONGEST_ANSWER_S:g} s")
        self._file.write(chunk)

    def reply(self) -> Reply:
        """The answer with all of its content."""
        content = self._file.getvalue() if isinstance(self._file, BytesIO) else b""
        headers = {name.lower(): value for name, value in self._answer.headers.items()}
        return Reply(status=self._answer.status_code, headers=headers, content=content, size=self._size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._file.close()


def read(content: bytes | Path | None) -> bytes | Iterator[bytes] | None:
    """What a blocking client sends; a file goes in parts."""
    return _parts(content) if isinstance(content, Path) else content


def read_async(content: bytes | Path | None) -> bytes | AsyncIterator[bytes] | None:
    """What a client for asyncio sends; a file goes in parts."""
    return _async_parts(content) if isinstance(content, Path) else content


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


async def _async_parts(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(CHUNK):
            yield chunk
