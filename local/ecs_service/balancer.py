"""The load balancer of a deployed service: one port that stays, whatever task answers behind it."""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
_PIECE = 65_536
NOBODY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Balancer:
    """Passes every connection on to the port that `target` names when it begins; without one, 503."""

    listener: socket.socket
    target: Callable[[], int | None]
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

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            port = self.target()
            if port is None:
                raise ConnectionRefusedError
            inner_reader, inner_writer = await asyncio.open_connection(HOST, port)
        except OSError:
            writer.write(NOBODY)
            with suppress(OSError):
                await writer.drain()
            writer.close()
            return
        await asyncio.gather(_pass(reader, inner_writer), _pass(inner_reader, writer))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything from one side to the other, and its end as well."""
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    with suppress(OSError):
        writer.close()
