"""Runs the job server: `python -m handlers.job_server`."""

import contextlib
import gc
import os
import sys

import uvicorn
from fastapi import FastAPI

from handlers.job_server import logs
from handlers.job_server.edge.protocol import HEADER_BYTES, KEEP_ALIVE_SECONDS, BoundedProtocol
from handlers.job_server.entrypoint import from_environment, note_addresses
from handlers.jobs.environment import SettingsError

SWITCH_SECONDS = 0.001
"""How long a computing thread may keep the event loop waiting; Python's default is five times that."""

STOP_SECONDS = 20
"""For requests in progress after SIGTERM; ECS kills the task 10 seconds later (`stopTimeout`)."""


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    logs.configure()
    try:
        settings, app = from_environment(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"job server: {error}\n")
        return 2
    note_addresses(settings)
    prevent_pauses(app)
    server = uvicorn.Server(serving(app, settings.host, settings.port))
    # Whoever pressed Ctrl-C needs no message.
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else 1


def prevent_pauses(app: FastAPI) -> None:
    """Do now what would hold up every request later: it runs on the event loop, or keeps Python's lock."""
    sys.setswitchinterval(SWITCH_SECONDS)
    app.openapi()
    # A full collection looks through everything that was loaded, for 150 ms; what is frozen it leaves out.
    gc.collect()
    gc.freeze()


def serving(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        http=BoundedProtocol,
        h11_max_incomplete_event_size=HEADER_BYTES,
        ws="none",
    )


if __name__ == "__main__":
    sys.exit(main())
