"""The load balancer of a deployed service: one port that stays, whatever task answers behind it.

It answers itself as an Application Load Balancer does, and measures the same:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

import h11

from local.ecs_service.listener_rules import FixedAnswer

HOST = "127.0.0.1"
IDLE_S = 60.0
"""The idle timeout of a load balancer."""
_PIECE = 65_536
_CONNECT_S = 10.0
_ERRORS = 5
_HOP_BY_HOP = frozenset({b"connection", b"keep-alive"})

Measure: TypeAlias = Callable[[str, float], None]
"""Called with the name of a metric and a value."""

Fixed: TypeAlias = Callable[[str], FixedAnswer | None]
"""What the rules of the listener answer to a request for a target, if they do."""


@dataclass
class _Side:
    """One side of a connection: HTTP over a stream."""

    http: h11.Connection
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def next(self) -> h11.Event | type[h11.PAUSED]:
        """The next event; an end without a message is one, too."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            if self.http.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[]))
            self.http.receive_data(await asyncio.wait_for(self.reader.read(_PIECE), IDLE_S))
        return event  # type: ignore[return-value]  # NEED_DATA ends the loop only

    async def send(self, event: h11.Event) -> None:
        """Send an event."""
        if data := self.http.send(event):
            self.writer.write(data)
            await self.writer.drain()


@dataclass
class Balancer:
    """Passes requests on to the port that `target` names when they begin; without one, 503.

    What the listener's rules answer reaches no task, and no metric but a count that nothing here watches.
    """

    listener: socket.socket
    target: Callable[[], int | None]
    measure: Measure
    fixed: Fixed
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self.port = int(self.listener.getsockname()[1])

    def start(self) -> None:
        """Serve in the background until closed."""
        threading.Thread(target=self._run, daemon=True, name="balancer").start()

    def close(self) -> None:
        """Accept nothing more, and let go of the port."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, sock=self.listener))
        self._loop.run_forever()
        server.close()
        exchanges = asyncio.all_tasks(self._loop)
        for exchange in exchanges:
            exchange.cancel()
        if exchanges:
            self._loop.run_until_complete(asyncio.gather(*exchanges, return_exceptions=True))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = _Side(h11.Connection(h11.SERVER), reader, writer)
        with suppress(OSError, h11.ProtocolError, TimeoutError):
            while isinstance(request := await caller.next(), h11.Request):
                await self._exchange(caller, request)
                if caller.http.our_state is not h11.DONE:
                    break
                caller.http.start_next_cycle()
        writer.close()

    async def _exchange(self, caller: _Side, request: h11.Request) -> None:
        """One request and its answer."""
        if fixed := self.fixed(request.target.decode("ascii", errors="replace")):
            await _answer_itself(caller, HTTPStatus(fixed.status), fixed.content_type, fixed.body)
            return
        port = self.target()
        if port is None:
            await self._refuse(caller, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self.measure("RequestCount", 1)
        try:
            opened = asyncio.open_connection(HOST, port)
            task = _Side(h11.Connection(h11.CLIENT), *await asyncio.wait_for(opened, _CONNECT_S))
        except (OSError, TimeoutError):
            await self._refuse(caller, HTTPStatus.BAD_GATEWAY)
            return
        try:
            answer = await self._answer(caller, request, task)
            if isinstance(answer, HTTPStatus):
                await self._refuse(caller, answer)
            else:
                await _pass(task, caller, answer)
        finally:
            task.writer.close()

    async def _answer(self, caller: _Side, request: h11.Request, task: _Side) -> h11.Response | HTTPStatus:
        """The head of the task's answer, or why there is none."""
        headers = [*_kept(request), (b"Connection", b"close")]
        head = h11.Request(method=request.method, target=request.target, headers=headers)
        try:
            await _pass(caller, task, head)
            began = time.monotonic()
            while isinstance(answer := await task.next(), h11.InformationalResponse):
                pass
        except TimeoutError:
            return HTTPStatus.GATEWAY_TIMEOUT
        except (OSError, h11.RemoteProtocolError):
            if caller.http.their_state is h11.ERROR:
                raise  # it was the caller who broke off
            return HTTPStatus.BAD_GATEWAY
        if not isinstance(answer, h11.Response):
            return HTTPStatus.BAD_GATEWAY
        self.measure("TargetResponseTime", time.monotonic() - began)
        self.measure(f"HTTPCode_Target_{answer.status_code // 100}XX_Count", 1)
        return h11.Response(status_code=answer.status_code, reason=answer.reason, headers=_kept(answer))

    async def _refuse(self, caller: _Side, status: HTTPStatus) -> None:
        """Answer in place of a task."""
        self.measure(f"HTTPCode_ELB_{_ERRORS}XX_Count", 1)
        self.measure(f"HTTPCode_ELB_{status.value}_Count", 1)
        await _answer_itself(caller, status, "text/plain", b"")


async def _answer_itself(caller: _Side, status: HTTPStatus, content_type: str, body: bytes) -> None:
    """A whole answer of the balancer's own; it reads nothing more of the request."""
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    await caller.send(h11.Response(status_code=status.value, reason=status.phrase, headers=headers))
    await caller.send(h11.Data(data=body))
    await caller.send(h11.EndOfMessage())


def _kept(head: h11.Request | h11.Response) -> list[tuple[bytes, bytes]]:
    """The headers that pass a load balancer."""
    return [(name, value) for name, value in head.headers.raw_items() if name.lower() not in _HOP_BY_HOP]


async def _pass(source: _Side, to: _Side, head: h11.Request | h11.Response) -> None:
    """Send a head, and everything that follows it from the other side."""
    await to.send(head)
    while not isinstance(event := await source.next(), h11.EndOfMessage):
        if not isinstance(event, h11.Data):
            raise ConnectionResetError
        await to.send(event)
    await to.send(event)
