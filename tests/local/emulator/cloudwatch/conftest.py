"""CloudWatch within the test process: no server, and no clock but the one that a test turns."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.emulator import extensions
from local.emulator.cloudwatch.series import Metric, Sample, Store, store_of

REGION, ACCOUNT = "eu-central-1", "123456789012"


@pytest.fixture(scope="module")
def client() -> Iterator[Callable[[str], Any]]:
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    extensions.install_all()
    with mock_aws():
        yield cache(lambda service: boto3.client(service, region_name=REGION))


@pytest.fixture
def store(unique: str) -> Store:
    return store_of(ACCOUNT, REGION)


@pytest.fixture
def measure(store: Store, unique: str) -> Callable[..., None]:
    """Put values of a metric of this test's own, a minute apart and ending before a time."""

    def put(name: str, values: list[float | None], *, end: float, every: float = 60) -> None:
        metric = Metric(namespace=unique, name=name)
        for back, value in enumerate(reversed(values), start=1):
            if value is not None:
                store.put(metric, Sample.of(end - back * every, value))

    return put
