"""What can go wrong between this service and AWS, named by what the caller may do."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions
from botocore.exceptions import ClientError

_PASSING = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InternalFailure",
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "LimitExceededException",
        "OverLimit",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_OUT_OF_REACH = (
    exceptions.ConnectionError,
    exceptions.HTTPClientError,
    exceptions.CredentialRetrievalError,
    exceptions.NoCredentialsError,
)
_SERVER_ERRORS = 500


class TryAgainLater(Exception):  # noqa: N818 - named by what the caller may do
    """AWS is throttling or unreachable; nothing is known to be wrong with the request."""


def passing(error: ClientError) -> bool:
    """The same request may succeed later."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.response["Error"].get("Code") in _PASSING or status >= _SERVER_ERRORS


@contextmanager
def calling(what: str) -> Iterator[None]:
    """Turn throttling, broken connections and credentials between two renewals into `TryAgainLater`.

    Any other error stays what it is.
    """
    try:
        yield
    except _OUT_OF_REACH as error:
        raise TryAgainLater(f"{what}: {type(error).__name__}") from error
    except ClientError as error:
        if passing(error):
            raise TryAgainLater(f"{what}: {error.response['Error'].get('Code')}") from error
        raise
