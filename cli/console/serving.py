"""The console on a port of this machine, behind its shell."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from cli.console.reading.source import Source
from cli.console.server import console
from cli.console.shell import Admission, Shell

ADDRESS = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Door:
    """A server that does not run yet, its origin, and the address that opens it once."""

    server: uvicorn.Server
    origin: str
    opening: str


def door(source: Source, listening: socket.socket) -> Door:
    """A console for whoever connects to a bound socket."""
    host = f"{ADDRESS}:{listening.getsockname()[1]}"
    admission = Admission()
    # No access log: it would hold the token.
    config = uvicorn.Config(
        Shell(console(source), admission, host), log_level="warning", access_log=False, server_header=False
    )
    return Door(
        server=uvicorn.Server(config),
        origin=f"http://{host}",
        opening=f"http://{host}/open?token={admission.token}",
    )


@contextmanager
def served(source: Source) -> Iterator[Door]:
    """A console on a free port, for as long as the block lasts."""
    with socket.socket() as listening:
        listening.bind((ADDRESS, 0))
        made = door(source, listening)
        thread = threading.Thread(target=made.server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield made
        finally:
            made.server.should_exit = True
            thread.join()
