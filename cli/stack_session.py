"""Who is asked about a stack: AWS with the operator's credentials, or the emulator of the local stack."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import botocore.exceptions

from cli import aws
from cli.exits import CommandError
from cli.stack_place import StackPlace
from handlers.jobs.error_codes import code_of
from local.emulator.connection import Connection
from local.stack import session
from local.stack.pulumi_runs import STACK as LOCAL


def session_of(stack: str, place: StackPlace) -> tuple[boto3.Session, str | None]:
    """The session, and the endpoint where it is not AWS's own.

    Raises:
        CommandError: The local stack does not run.
        EnvironmentRefusedError: The AWS_ variables cannot be used.
    """
    if stack != LOCAL:
        with aws.making_clients():
            return boto3.Session(region_name=place.region), None
    found = session.find()
    if found is None:
        raise CommandError("the local stack does not run; start it with `clipit local up --detach`")
    return Connection(found.emulator_url, place.region).session, found.emulator_url


class NoSuchTableError(CommandError):
    """The account that the credentials belong to does not have the stack."""


@contextmanager
def expecting_table(place: StackPlace) -> Iterator[None]:
    """Wrap the first call to a stack's table.

    Raises:
        NoSuchTableError: There is no such table.
    """
    try:
        yield
    except botocore.exceptions.ClientError as problem:
        if code_of(problem) != "ResourceNotFoundException":
            raise
        raise NoSuchTableError(
            f"this account has no table {place.store.table} in {place.region}; check --stack, and whose "
            "credentials these are"
        ) from problem
