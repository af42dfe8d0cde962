"""What may go wrong between an operator's command and AWS without being a mistake in this program."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import botocore.exceptions
import botocore.parsers

from cli.environment import EnvironmentRefusedError, is_address
from cli.exits import CommandError
from handlers.jobs.errors import TryAgainLater

_ENDPOINT = "AWS_ENDPOINT_URL"
"""Followed by a service's name, it is the endpoint of that service alone."""

_PROBLEMS = (
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
    botocore.parsers.ResponseParserError,
)


@contextmanager
def making_clients(environ: Mapping[str, str] = os.environ) -> Iterator[None]:
    """For the block that makes clients: boto3 reports what it cannot use as a bare ValueError.

    Raises:
        EnvironmentRefusedError: An endpoint is no address, or boto3 refuses another variable.
    """
    for name, value in environ.items():
        if name.startswith(_ENDPOINT) and value and not is_address(value):
            raise EnvironmentRefusedError(
                f"{name} is {value!r}; give an address such as http://127.0.0.1:4566, or unset it for AWS"
            )
    with calling():
        try:
            yield
        except ValueError as problem:
            raise EnvironmentRefusedError(
                f"AWS cannot be called with these AWS_ variables and this AWS configuration: {problem}"
            ) from problem


@contextmanager
def calling() -> Iterator[None]:
    """For the block that calls AWS.

    Raises:
        CommandError: AWS refused, did not answer, or answered with what is no answer of AWS.
    """
    try:
        yield
    except TryAgainLater as problem:
        raise CommandError(f"{problem}: {problem.__cause__}") from problem
    except _PROBLEMS as problem:
        raise CommandError(str(problem)) from problem
