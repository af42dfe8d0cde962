"""What AWS's errors become for those who call it."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    FlexibleChecksumError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
)

from handlers.jobs.error_codes import code_of, message_of
from handlers.jobs.errors import TryAgainLater, calling
from tests.web_server import serving


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "GetItem",
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("SlowDown", 503),
        ("503", 503),
        ("429", 429),
        ("AnythingAtAll", 500),
        ("KMS.ThrottlingException", 400),
        ("KmsThrottled", 400),
        ("RequestTimeout", 400),
        ("ResourceContention", 400),
        ("ScalingActivityInProgress", 400),
        ("TransactionConflictException", 400),
    ],
)
def test_what_may_succeed_later_is_to_be_tried_again(code: str, status: int) -> None:
    with pytest.raises(TryAgainLater, match=code), calling("read"):
        raise refused(code, status)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://x.invalid"),
        ConnectTimeoutError(endpoint_url="https://x.invalid"),
        ReadTimeoutError(endpoint_url="https://x.invalid"),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
        NoCredentialsError(),
        FlexibleChecksumError(error_msg="expected one checksum and got another"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_broken_connection_is_to_be_tried_again(error: Exception) -> None:
    with pytest.raises(TryAgainLater, match=type(error).__name__), calling("read"):
        raise error


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "AWS.SimpleQueueService.NonExistentQueue", "Unheard"]
)
def test_a_mistake_is_no_bad_luck(code: str) -> None:
    with pytest.raises(ClientError), calling("read"):
        raise refused(code)


def test_an_error_without_a_code_is_a_mistake() -> None:
    with pytest.raises(ClientError), calling("read"):
        raise ClientError({}, "GetItem")


CALLS: dict[str, Callable[[Any], object]] = {
    "autoscaling": lambda client: client.describe_auto_scaling_groups(),
    "dynamodb": lambda client: client.list_tables(),
    "s3": lambda client: client.head_object(Bucket="bucket", Key="key"),
    "sqs": lambda client: client.list_queues(),
    "ssm": lambda client: client.get_parameter(Name="name"),
}


@pytest.fixture(
    params=[b"upstream connect error", b"<!DOCTYPE html><html></html>", b"<html><br></html>", b""]
)
def gateway(request: pytest.FixtureRequest) -> Iterator[str]:
    """A gateway before AWS that cannot reach it and says so in its own words."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(502)
            self.send_header("Content-Length", str(len(request.param)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(request.param)

        do_GET = do_HEAD = do_POST  # noqa: N815 - as the library calls them

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with serving(Handler) as found:
        yield f"http://127.0.0.1:{found.server_port}"


@pytest.mark.parametrize("service", CALLS)
def test_what_a_gateway_says_in_the_stead_of_aws_is_to_be_asked_for_again(gateway: str, service: str) -> None:
    client = boto3.client(
        service,  # type: ignore[call-overload]
        region_name="eu-central-1",
        endpoint_url=gateway,
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    with pytest.raises(TryAgainLater), calling("ask"):
        CALLS[service](client)


def test_an_answer_without_an_error_in_it_has_no_code() -> None:
    assert (code_of(ClientError({}, "GetItem")), message_of(ClientError({}, "GetItem"))) == ("Unknown", "")
