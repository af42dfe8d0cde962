"""The configuration of the handlers' clients of AWS: how long a call may take and how often it is tried."""

from botocore.config import Config

CONNECT_SECONDS, READ_SECONDS, TRIES = 3, 5, 3
USER_AGENT = "clip-it"
CONNECTIONS = 10
"""As many as botocore keeps by default."""


def client_config(*, read_seconds: int = READ_SECONDS, connections: int = CONNECTIONS) -> Config:
    """A client's configuration; `connections` is the number of threads that use the client."""
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        # Standard mode waits with full jitter between tries.
        retries={"mode": "standard", "max_attempts": TRIES},
        max_pool_connections=connections,
        # Together a quarter of the processor time of a call: botocore describes the platform again for each
        # request, and looks through parameters whose types mypy has checked.
        user_agent=USER_AGENT,
        parameter_validation=False,
    )
