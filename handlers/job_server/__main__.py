"""Runs the job server: `python -m handlers.job_server`."""

import os
import sys

import uvicorn

from handlers.jobs.environment import SettingsError

from . import logs
from .entrypoint import from_environment


def main() -> int:
    """Serve until told to stop."""
    logs.configure()
    try:
        settings, app = from_environment(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"job server: {error}\n")
        return 2
    uvicorn.run(
        app,
        host="0.0.0.0",  # noqa: S104 - inside a container; the security group admits the load balancer alone
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
