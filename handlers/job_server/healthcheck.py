"""The container's health check, `python -m handlers.job_server.healthcheck`: 0 when the server answers."""

import http.client
import os
import sys

TIMEOUT_SECONDS = 3


def healthy(port: int) -> bool:
    """Whether the server in this container answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if healthy(int(os.environ["CLIPIT_PORT"])) else 1)
