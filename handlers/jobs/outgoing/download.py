"""Gets a file over HTTPS from a checked address: as it is sent, up to a size, within a time."""

import contextlib
import http.client
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from handlers.jobs.outgoing.connection import Unreachable, connected
from handlers.jobs.outgoing.http_answer import Head, NoAnswerError, final_head
from handlers.jobs.outgoing.targets import Target

CONNECT_SECONDS = 5.0
PATIENT_SECONDS = 20.0
LEAST_BYTES_A_SECOND = 65_536
"""On average, once `PATIENT_SECONDS` have passed: two bytes a minute would hold an instance for long."""
CHUNK = 1_048_576
OK = 200
_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;.*)?\r?\n", re.DOTALL)
_LONGEST_LINE = 1024
_HEADERS: Mapping[str, str] = {
    # As it is stored: what is unpacked here could be a thousand times as large.
    "Accept-Encoding": "identity",
    "Accept": "*/*",
    "User-Agent": "clip-it",
    "Connection": "close",
}


class TooLarge(Exception):  # noqa: N818 - named by what the file is
    """The file has more bytes than allowed."""


class Stopped(Exception):  # noqa: N818 - named by what happened
    """Whoever wanted the file does not want it any more."""


class _DiskError(Exception):
    """Carries an error of the disk through `connected`, which takes every OSError for the connection's."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a download may take: bytes, seconds, and until `should_stop` says so."""

    most_bytes: int
    seconds: float
    should_stop: Callable[[], bool]


def download(
    target: Target, into: Path, bounds: Bounds, context: ssl.SSLContext, *, etag: str | None = None
) -> Head:
    """The head of the answer; the content is in `into` when its status is 200.

    With an `etag` the answer may be 304: the file is still the one of that tag.

    Raises:
        Unreachable: there was no whole answer in time.
        TooLarge: the file has too many bytes, as it says or as it is.
        Stopped: in between, `should_stop` said so.
        OSError: the disk does not take the file.
    """
    try:
        return _download(target, into, bounds, context, {"If-None-Match": etag} if etag else {})
    except _DiskError as fault:
        raise fault.error from None


def _download(
    target: Target, into: Path, bounds: Bounds, context: ssl.SSLContext, condition: Mapping[str, str]
) -> Head:
    request = http.client.HTTPConnection(target.host, target.port)
    with connected(
        target, context, connect_seconds=CONNECT_SECONDS, total_seconds=max(1.0, bounds.seconds)
    ) as wire:
        request.sock = wire
        request.request("GET", target.path, headers={"Host": target.host_header, **_HEADERS, **condition})
        with wire.makefile("rb") as answer:
            head = final_head(answer)
            if head.status == OK:
                _keep(_parts(answer, head, bounds.most_bytes), into, bounds)
    return head


def _keep(parts: Iterator[bytes], into: Path, bounds: Bounds) -> None:
    size, began = 0, time.monotonic()
    with _disk():
        file = into.open("wb")
    try:
        for part in parts:
            size += len(part)
            if size > bounds.most_bytes:
                raise TooLarge
            if bounds.should_stop():
                raise Stopped
            with _disk():
                file.write(part)
            spent = time.monotonic() - began
            if spent > PATIENT_SECONDS and size < spent * LEAST_BYTES_A_SECOND:
                raise Unreachable(f"sent less than {LEAST_BYTES_A_SECOND} bytes a second")
    finally:
        with _disk():
            file.close()


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _DiskError(error) from error


def _parts(stream: BinaryIO, head: Head, most: int) -> Iterator[bytes]:
    """The content in parts, by what the head says of its end (RFC 9112, section 6.3)."""
    coding, length = head.headers.get("transfer-encoding"), head.headers.get("content-length")
    if coding is not None and coding.lower() != "chunked":
        raise NoAnswerError("the answer has a transfer coding that was not asked for")
    if coding is not None:
        return _chunks(stream)
    if length is None:
        return iter(lambda: stream.read1(CHUNK), b"")  # type: ignore[attr-defined]
    if not re.fullmatch("[0-9]{1,30}", length):
        raise NoAnswerError("the length of the answer is no number")
    if int(length) > most:
        raise TooLarge
    return _exactly(stream, int(length))


def _exactly(stream: BinaryIO, length: int) -> Iterator[bytes]:
    while length:
        part = stream.read1(min(length, CHUNK))  # type: ignore[attr-defined]
        if not part:
            raise NoAnswerError("the answer ended before its end")
        length -= len(part)
        yield part


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while True:
        size = _SIZE.fullmatch(stream.readline(_LONGEST_LINE))
        if size is None:
            raise NoAnswerError("the answer ended before its end")
        if not (length := int(size[1], 16)):
            return
        yield from _exactly(stream, length)
        if stream.readline(3) not in {b"\r\n", b"\n"}:
            raise NoAnswerError("the answer has a chunk that does not end where it says")
