"""One emulator for the tests of its extensions, over real HTTP and boto3; names keep the tests apart."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.emulator import server

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def emulator_url() -> Iterator[str]:
    with server.running() as url:
        yield url


@pytest.fixture(scope="module")
def client(emulator_url: str) -> Callable[[str], Any]:
    def connect(service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=emulator_url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}),
        )

    return connect


@pytest.fixture
def unique() -> str:
    return f"t{uuid.uuid4().hex[:10]}"
