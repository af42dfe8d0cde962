"""Errors between this service and AWS, named by what the caller may do."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from handlers.jobs.error_codes import Remedy, described, remedy_of

_OUT_OF_REACH = (
    exceptions.ConnectionError,
    exceptions.HTTPClientError,
    exceptions.IncompleteReadError,
    exceptions.CredentialRetrievalError,
    exceptions.NoCredentialsError,
    # What came is damaged, or is not AWS's: a gateway or a proxy on the way answers in words of its own.
    exceptions.FlexibleChecksumError,
    ResponseParserError,
)


class TryAgainLater(Exception):  # noqa: N818 - named by what the caller may do
    """AWS is throttling or unreachable; the request itself may be fine."""


@contextmanager
def calling(what: str) -> Iterator[None]:
    """Turn throttling, broken connections and credentials that are being renewed into `TryAgainLater`.

    Any other error passes through.
    """
    try:
        yield
    except _OUT_OF_REACH as error:
        raise TryAgainLater(f"{what}: {type(error).__name__}") from error
    except ClientError as error:
        if remedy_of(error) in {Remedy.REPEAT, Remedy.LATER}:
            raise TryAgainLater(f"{what}: {described(error)}") from error
        raise
