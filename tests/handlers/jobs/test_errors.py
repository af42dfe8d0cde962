"""What AWS's errors become for those who call it."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
)

from handlers.jobs.errors import TryAgainLater, calling


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
