"""AWS as moto plays it within this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import boto3
import pytest
from moto import mock_aws

REGION = "eu-central-1"


@contextmanager
def emulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS with credentials that open nothing; every client must be made under it.

    All tests share one session of boto3: reading the services' models again takes longer than a test.
    """
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, REGION)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    # An emulator in this process wants the policies that AWS manages; to make them takes longer than a test.
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", shared_session())
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield


@cache
def shared_session() -> boto3.Session:
    """The session of every client of the tests."""
    return boto3.Session()
