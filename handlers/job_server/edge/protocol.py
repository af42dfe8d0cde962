"""HTTP/1.1 on a connection: uvicorn's, with limits on headers, on the chunks of a body, and on their time."""

import asyncio
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from handlers.job_server import problems
from handlers.job_server.problems import Problem
from handlers.jobs.ids import new_request_id

KEEP_ALIVE_SECONDS: Final = 75
"""An idle connection stays open for longer than at the load balancer, which answers 502 to a request whose
connection is closed under it (Elastic Load Balancing user guide, "Troubleshoot your load balancers")."""

HEADER_SECONDS: Final = 10
"""From the first byte of a request to the last of its headers; uvicorn has no such limit (its issue 157)."""

HEADER_BYTES: Final = 16 * 1024
"""Request line and headers together."""

READ_SECONDS: Final = 60
"""How long a connection with a full send buffer waits for its peer to read. A list of a hundred renders with
long addresses, the largest answer, has some 400 KB."""

MOST_CHUNKS: Final = 4096
"""Chunks of one body. Parsing one keeps the event loop busy for some 6 µs, and a body of 1 MiB can come in a
million of them. In the largest body this many have 256 bytes each."""


class Owed(Enum):
    """What the sender has yet to send."""

    REQUEST = "request"
    HEADERS = "headers"
    REST_OF_BODY = "rest of body"


class TooManyChunksError(Exception):
    """A body has more than `MOST_CHUNKS` chunks."""


class BoundedConnection(h11.Connection):
    """h11's parser, which counts the chunks of each body."""

    _chunks = 0

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """The next part of the request.

        Raises:
            TooManyChunksError: it begins one chunk too many.
            h11.RemoteProtocolError: it is not HTTP.
        """
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = 0
        elif isinstance(event, h11.Data):
            self._chunks += event.chunk_start
            if self._chunks > MOST_CHUNKS:
                raise TooManyChunksError
        return event


class BoundedProtocol(H11Protocol):
    """Closes a connection whose peer is slow: with headers, with a body unasked for, or to read answers."""

    seconds: Mapping[Owed, float] = MappingProxyType(
        {Owed.REQUEST: KEEP_ALIVE_SECONDS, Owed.HEADERS: HEADER_SECONDS, Owed.REST_OF_BODY: HEADER_SECONDS}
    )
    read_seconds: float = READ_SECONDS
    _unread: asyncio.TimerHandle | None = None
    _owed: Owed | None = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request as long as for a later one."""
        super().connection_made(transport)
        self.conn = BoundedConnection(h11.SERVER, HEADER_BYTES)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._expect(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, in pieces no larger than headers may be: their size is looked at between two."""
        for start in range(0, len(data), HEADER_BYTES):
            super().data_received(data[start : start + HEADER_BYTES])
            if self.transport.is_closing():
                return
        self._watch()

    def pause_writing(self) -> None:
        """Wait for the peer to read, before more is written."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.read_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Write on."""
        if self._unread is not None:
            self._unread.cancel()
        super().resume_writing()

    def handle_events(self) -> None:
        """Serve what came, unless the body comes in too many chunks."""
        try:
            super().handle_events()
        except TooManyChunksError:
            detail = f"A body may come in {MOST_CHUNKS} chunks; send larger ones, or Content-Length."
            self._refuse(Problem(kind=problems.TOO_LARGE, detail=detail))

    def on_response_complete(self) -> None:
        """Wait for the rest of the request."""
        super().on_response_complete()
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Refuse data that is no HTTP request."""
        self._refuse(Problem(kind=problems.MALFORMED_REQUEST, detail=msg))

    def _watch(self) -> None:
        sender, answered = self.conn.their_state, self.cycle is None or self.cycle.response_complete
        if sender is h11.IDLE:
            self._expect(Owed.HEADERS if self.conn.trailing_data[0] else Owed.REQUEST)
        elif sender is h11.SEND_BODY and answered:
            self._expect(Owed.REST_OF_BODY)
        else:
            # Whoever serves the request waits for its body, or the sender for its answer.
            self._expect(None)

    def _expect(self, owed: Owed | None) -> None:
        """Start the timer for it, unless it is running already."""
        if owed is self._owed:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._owed = owed
        self._deadline = self.loop.call_later(self.seconds[owed], self._late) if owed else None

    def _late(self) -> None:
        if self._owed is Owed.HEADERS:
            self._refuse(Problem(kind=problems.TOO_SLOW, detail="The headers were not complete in time."))
        self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True  # whoever serves the request must not answer it as well
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.close()
            return
        request_id = new_request_id()
        answer = problems.response(problem, request_id)
        headers = [*answer.raw_headers, (b"x-request-id", request_id.encode()), (b"connection", b"close")]
        for event in (
            h11.Response(status_code=answer.status_code, headers=headers),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
