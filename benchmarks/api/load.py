"""Sends requests over some connections, each the next as soon as one is answered, for some seconds."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.api.cases import BODY, TENANTS, job_of, token_of

CONNECTIONS = 8
SUBMITTING = 16
"""Tenants: so many that each submits several times while its count of queued renders serves."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Answers a second, and the milliseconds that all but one in a hundred stayed below."""

    rate: float
    p99_ms: float


class UnexpectedAnswerError(RuntimeError):
    """A server did not answer with success."""


def submissions() -> Iterator[bytes]:
    """A submission of each of some tenants."""
    for number in range(SUBMITTING):
        yield _request("POST /v1/renders", number, f"Idempotency-Key: k-{number}-{time.time_ns()}", BODY)


def looks() -> Iterator[bytes]:
    """A look of each tenant at its render."""
    for number in range(TENANTS):
        yield _request(f"GET /v1/renders/{job_of(number).id}", number, "Accept: */*", b"")


def _request(what: str, number: int, header: str, body: bytes) -> bytes:
    lines = [
        f"{what} HTTP/1.1",
        "Host: api",
        f"Authorization: Bearer {token_of(number)}",
        header,
        *(["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def measure(port: int, requests: list[bytes], seconds: float) -> Measured:
    """What the server at a port does with the requests, over and over."""
    return asyncio.run(_measure(port, requests, seconds))


async def _measure(port: int, requests: list[bytes], seconds: float) -> Measured:
    end = time.perf_counter() + seconds
    parts = [requests[number::CONNECTIONS] for number in range(CONNECTIONS)]
    found = await asyncio.gather(*(_talk(port, part, end) for part in parts))
    times = sorted(one for part in found for one in part)
    return Measured(rate=len(times) / seconds, p99_ms=1000 * times[int(len(times) * 0.99)])


async def _talk(port: int, requests: list[bytes], end: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times, number = [], 0
    while (began := time.perf_counter()) < end:
        writer.write(requests[number % len(requests)])
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        times.append(time.perf_counter() - began)
        if not head.startswith(b"HTTP/1.1 20"):
            raise UnexpectedAnswerError((head + body).decode())
        number += 1
    writer.close()
    return times
