"""Runs the job server: `python -m handlers.job_server`."""

import contextlib
import os
import sys

import uvicorn
from fastapi import FastAPI

from handlers.job_server import logs
from handlers.job_server.entrypoint import from_environment
from handlers.jobs.environment import SettingsError

KEEP_ALIVE_SECONDS = 75
"""An idle connection stays open for longer than at the load balancer, which answers 502 to a request whose
connection is closed under it (Elastic Load Balancing user guide, "Troubleshoot your load balancers")."""


def main() -> int:
    """Serve until told to stop."""
    logs.configure()
    try:
        settings, app = from_environment(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"job server: {error}\n")
        return 2
    server = uvicorn.Server(serving(app, settings.host, settings.port))
    # Whoever pressed Ctrl-C knows it.
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else 1


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
        timeout_graceful_shutdown=20,
    )


if __name__ == "__main__":
    sys.exit(main())
