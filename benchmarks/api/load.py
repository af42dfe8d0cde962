"""Sends requests over some connections: each the next as soon as one is answered, or at a steady pace."""

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
    """Answers a second, and the milliseconds of each, in order."""

    rate: float
    milliseconds: tuple[float, ...]

    def percentile(self, share: float) -> float:
        """The milliseconds that this share of the answers stayed below."""
        return self.milliseconds[int(len(self.milliseconds) * share)]


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


def measure(port: int, requests: list[bytes], seconds: float, per_second: float | None = None) -> Measured:
    """What the server at a port does with the requests, over and over.

    Each connection sends its next request when the one before is answered, so that the server is never idle.
    Or so many a second are due, evenly; each counts from then, also while the one before it is not answered.
    """
    return asyncio.run(_measure(port, requests, seconds, per_second))


async def _measure(port: int, requests: list[bytes], seconds: float, per_second: float | None) -> Measured:
    began = time.perf_counter()
    every = CONNECTIONS / per_second if per_second else 0.0
    parts = [requests[number::CONNECTIONS] for number in range(CONNECTIONS)]
    found = await asyncio.gather(
        *(
            _talk(port, part, _Pace(began + every * number / CONNECTIONS, every, began + seconds))
            for number, part in enumerate(parts)
        )
    )
    times = sorted(1000 * one for part in found for one in part)
    return Measured(rate=len(times) / seconds, milliseconds=tuple(times))


@dataclass(frozen=True)
class _Pace:
    """When a connection's first request is due, the seconds to the next, and when there is none anymore."""

    first: float
    every: float
    end: float

    async def due(self, number: int) -> float:
        """Wait for the time of a request, or take the present one where it has none."""
        if not self.every:
            return time.perf_counter()
        due = self.first + number * self.every
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        return due


async def _talk(port: int, requests: list[bytes], pace: _Pace) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times, number = [], 0
    while (began := await pace.due(number)) < pace.end:
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
