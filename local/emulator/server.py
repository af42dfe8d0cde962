"""The emulator as a server: moto with this project's extensions, and a clock for background actions."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from local.emulator import extensions, spells
from local.emulator.autoscaling import lifecycle, refreshes
from local.emulator.cloudwatch import minute_ends
from local.emulator.faults import readable
from local.emulator.functions import code as function_code
from local.emulator.routing import Dispatcher

HOST = "127.0.0.1"
ACCOUNT = "123456789012"
_TICK_S = 0.1


class _Handler(MotoRequestHandler):  # type: ignore[misc]
    """One connection serves many requests, and nobody reads an access log."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Stay silent."""


def build(listener: socket.socket) -> ThreadedWSGIServer:
    """A server on a socket that listens already; it answers once its loop runs."""
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    # Nothing here looks for images, and a list of over a thousand takes longer to make than all else.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    # Otherwise every request looks through the access keys of every partition.
    os.environ.setdefault("MOTO_ACCOUNT_ID", ACCOUNT)
    extensions.install_all()
    port = listener.getsockname()[1]
    emulated = spells.served(function_code.served(readable(dispatcher), f"http://{HOST}:{port}"))
    application = minute_ends.served(emulated)
    server = ThreadedWSGIServer(HOST, port, application, _Handler, fd=listener.detach())
    # Idle kept-alive connections must not hold back the end of the process.
    server.daemon_threads = True
    return server


dispatcher = Dispatcher()


def keep_time(stop: threading.Event) -> None:
    """Let time pass for groups and refreshes until `stop` is set."""
    while not stop.wait(_TICK_S):
        now = time.time()
        lifecycle.tick(now)
        refreshes.tick(now)


@contextmanager
def running(port: int = 0) -> Iterator[str]:
    """An emulator within this process, for tests; gives its URL."""
    server = build(socket.create_server((HOST, port), backlog=128))
    stop = threading.Event()
    threads = [
        threading.Thread(target=server.serve_forever, args=(_TICK_S,), daemon=True),
        threading.Thread(target=keep_time, args=(stop,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield f"http://{HOST}:{server.port}"
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
