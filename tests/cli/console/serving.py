"""The console as a browser meets it: behind its shell, on a port of this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from cli.console.server import console
from cli.console.shell import Admission, Shell
from cli.console.source import Source


@dataclass(frozen=True, kw_only=True)
class Served:
    """Where the console is, and the address that opens it once."""

    origin: str
    opening: str


@contextmanager
def served(source: Source) -> Iterator[Served]:
    """A console for as long as the block lasts."""
    admission = Admission()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        shell = Shell(console(source), admission, host)
        server = uvicorn.Server(uvicorn.Config(shell, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Served(origin=f"http://{host}", opening=f"http://{host}/open?token={admission.token}")
        finally:
            server.should_exit = True
            thread.join()
