"""What may go wrong between an operator's command and AWS without being a mistake in this program."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import botocore.exceptions
import botocore.parsers

from cli.addresses import is_address
from handlers.jobs.errors import TryAgainLater

_ENDPOINT = "AWS_ENDPOINT_URL"
"""With a service's name behind it, of that service alone."""


class EnvironmentRefusedError(Exception):
    """The environment says what AWS cannot be called with; the text names it."""


PROBLEMS = (
    EnvironmentRefusedError,
    TryAgainLater,
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
    botocore.parsers.ResponseParserError,
)


@contextmanager
def making_clients(environ: Mapping[str, str] = os.environ) -> Iterator[None]:
    """For the block that makes clients: boto3 says by a bare ValueError what it cannot use, some of it late.

    Raises:
        EnvironmentRefusedError: An endpoint is no address, or boto3 refuses another variable.
    """
    for name, value in environ.items():
        if name.startswith(_ENDPOINT) and value and not is_address(value):
            raise EnvironmentRefusedError(
                f"{name} is {value!r}; give an address such as http://127.0.0.1:4566, or unset it for AWS"
            )
    try:
        yield
    except ValueError as problem:
        raise EnvironmentRefusedError(
            f"AWS cannot be called with these AWS_ variables and this AWS configuration: {problem}"
        ) from problem
