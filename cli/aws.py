"""Turns errors between an operator's command and AWS into messages."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import botocore.exceptions
import botocore.parsers

from cli.environment import EnvironmentRefusedError, is_address
from cli.exits import CommandError
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store.reading import UnreadableItemError

_ENDPOINT = "AWS_ENDPOINT_URL"
"""Followed by a service's name, it sets the endpoint of that service only."""

_PROBLEMS = (
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
    botocore.parsers.ResponseParserError,
)


@contextmanager
def making_clients(environ: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Wrap the creation of clients: boto3 reports invalid configuration as a bare ValueError.

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
                f"these AWS_ variables or this AWS configuration cannot be used: {problem}"
            ) from problem


@contextmanager
def calling() -> Iterator[None]:
    """Wrap calls to AWS.

    Raises:
        CommandError: AWS refused, did not answer, or sent an invalid response, or an item cannot be read.
    """
    try:
        yield
    except UnreadableItemError as problem:
        raise CommandError(f"{problem}; docs/security.md says what to look at") from problem
    except TryAgainLater as problem:
        raise CommandError(f"{problem}: {problem.__cause__}{_advice(problem.__cause__)}") from problem
    except _PROBLEMS as problem:
        raise CommandError(f"{problem}{_advice(problem)}") from problem


def _advice(problem: BaseException | None) -> str:
    """What to do where the text of AWS's library does not say it."""
    absent = isinstance(problem, botocore.exceptions.NoCredentialsError)
    return "; log in, with `aws sso login` for instance, or set AWS_PROFILE" if absent else ""
