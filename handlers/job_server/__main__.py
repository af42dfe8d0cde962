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


HOST_VARIABLE = "CLIPIT_HOST"
"""The one address to listen on, where there is no container around the process."""
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - inside a container; the security group admits the load balancer alone


def main() -> int:
    """Serve until told to stop."""
    logs.configure()
    try:
        settings, app = from_environment(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"job server: {error}\n")
        return 2
    server = uvicorn.Server(serving(app, settings.port, host=os.environ.get(HOST_VARIABLE, EVERY_ADDRESS)))
    # Whoever pressed Ctrl-C knows it.
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else 1


def serving(app: FastAPI, port: int, *, host: str) -> uvicorn.Config:
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
