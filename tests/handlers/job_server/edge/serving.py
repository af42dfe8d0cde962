"""The server on a socket, as uvicorn runs it: `served(app)` is one; its `talk` sends bytes and reads all."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

import uvicorn
from fastapi import FastAPI

from handlers.job_server.__main__ import serving

MOST_SECONDS = 10.0


@dataclass(frozen=True)
class Served:
    """A running server."""

    server: uvicorn.Server
    thread: Thread
    port: int

    def stop(self) -> None:
        """As SIGTERM does."""
        self.server.should_exit = True
        self.thread.join(MOST_SECONDS)
        assert not self.thread.is_alive()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=MOST_SECONDS)

    def talk(self, *parts: bytes) -> bytes:
        """Everything that is answered until the server closes."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part)
            return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    found = b""
    while part := connection.recv(65536):
        found += part
    return found


@contextmanager
def served(app: FastAPI, *, stop_seconds: float = 0.2) -> Iterator[Served]:
    config = serving(app, "127.0.0.1", 0)
    config.timeout_graceful_shutdown = stop_seconds  # type: ignore[assignment]
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + MOST_SECONDS
    while not server.started and time.monotonic() < ends:
        time.sleep(0.005)
    assert server.started
    running = Served(server, thread, server.servers[0].sockets[0].getsockname()[1])
    try:
        yield running
    finally:
        running.stop()
