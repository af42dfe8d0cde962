"""The API client that commands use: configured by the environment, with errors that carry exit codes."""

from collections.abc import Iterator
from contextlib import contextmanager

from clipit_client import (
    APIConnectionError,
    APIResponseError,
    BatchWaitTimeoutError,
    Client,
    ClipItError,
    StatusError,
    UnsendableRequestError,
    WaitTimeoutError,
)
from clipit_client.retries import RETRIES

from cli import environment
from cli.exits import CommandError, Exit

_SOURCE = (
    "`clipit local env` prints the address of the local stack, `pulumi stack output api_url` that of another "
    "one; `clipit keys create TENANT` makes a key."
)
_COMPARE = f"Compare {environment.API_URL} with `clipit local status` or `pulumi stack output api_url`."


@contextmanager
def from_environment() -> Iterator[Client]:
    """A client from environment variables; a key is never an argument, because others can read arguments.

    Raises:
        EnvironmentRefusedError: A variable is missing or invalid.
        CommandError: A call failed.
    """
    with environment.reading(_SOURCE) as variables:
        url = variables.get(environment.API_URL, environment.address, "")
        key = variables.get(environment.API_KEY, environment.key_value, "")
    with calling(url, key) as client:
        yield client


@contextmanager
def calling(url: str, key: str, *, retries: int = RETRIES) -> Iterator[Client]:
    """A client for this address and key, whose errors end the command.

    Raises:
        CommandError: A call failed.
    """
    with Client(url=url, key=key, retries=retries) as client:
        try:
            yield client
        except ClipItError as error:
            raise command_error(error) from error


def command_error(error: ClipItError) -> CommandError:
    """Convert an error of the client into one with an exit code."""
    match error:
        case StatusError():
            return CommandError(str(error), Exit.REFUSED)
        case APIConnectionError():
            return CommandError(f"The API does not answer: {error}. {_COMPARE}", Exit.UNREACHABLE)
        case APIResponseError():
            return CommandError(f"This is no Clip-It API: {error}. {_COMPARE}")
        case WaitTimeoutError() | BatchWaitTimeoutError():
            return CommandError(f"{error}; it continues.", Exit.TOO_LATE)
        case UnsendableRequestError():
            return CommandError(f"{error}.", Exit.USAGE)
        case _:
            return CommandError(f"{error}.")
