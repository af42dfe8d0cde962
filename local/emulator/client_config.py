"""How boto3's clients speak to the emulator."""

from typing import Final

from botocore.config import Config

CLIENT_CONFIG: Final = Config(
    s3={"addressing_style": "path"},  # a bucket's name in the host would need a name server
    retries={"total_max_attempts": 3, "mode": "standard"},
    max_pool_connections=32,
    connect_timeout=5,
    read_timeout=30,
)
