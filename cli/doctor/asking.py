"""Calls AWS, the Pulumi CLI and name servers; an error becomes the result "could not look"."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cli import pulumi
from cli.doctor.patient import NotFoundError, UnseenError
from cli.exits import CommandError
from handlers.jobs.error_codes import code_of, message_of

_SECONDS = 60
_CLIENT = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 3})
# Error codes for something that does not exist.
_ABSENT = (
    "NotFound",
    "NoSuch",
    "InvalidAMIID",
    "ParameterNotFound",
    "ImageNotFound",
    "RepositoryNotFound",
)
# Auto Scaling has no code for it: a ValidationError says so in words.
_GROUP_ABSENT = "AutoScalingGroup name not found"


class BotoAws:
    """AWS through boto3, with the credentials and the addresses of the environment."""

    def __init__(self, region: str) -> None:
        self._session = boto3.Session(region_name=region)

    def __call__(self, service: str, operation: str, /, **parameters: object) -> Mapping[str, object]:
        """Call an operation.

        Raises:
            NotFoundError: It does not exist.
            UnseenError: AWS was not reached or refused the look.
        """
        try:
            call: Callable[..., Mapping[str, object]] = getattr(
                self._session.client(service, config=_CLIENT),  # type: ignore[call-overload] # by name
                operation,
            )
            return call(**parameters)
        except ClientError as problem:
            code = code_of(problem)
            if any(part in code for part in _ABSENT) or _GROUP_ABSENT in message_of(problem):
                raise NotFoundError(message_of(problem)) from problem
            raise UnseenError(f"{service}:{operation}: {code}: {message_of(problem)}") from problem
        except (BotoCoreError, ValueError) as problem:
            raise UnseenError(f"{service}:{operation}: {problem}") from problem


def resolve(name: str) -> frozenset[str]:
    """The addresses of a name, by the name servers of this machine.

    Raises:
        NotFoundError: There is no such name.
        UnseenError: No name server answered.
    """
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as problem:
        if problem.errno == socket.EAI_NONAME:
            raise NotFoundError(f"{name}: {problem.strerror}") from problem
        raise UnseenError(f"{name}: {problem.strerror}") from problem
    return frozenset(str(address[0]) for *_, address in found)


def pulumi_in(root: Path) -> Callable[..., str]:
    """The Pulumi CLI in a checkout."""

    def answer(*words: str) -> str:
        try:
            done = pulumi.ask(pulumi.installed().executable, *words, root=root, seconds=_SECONDS)
        except CommandError as problem:
            raise UnseenError(str(problem)) from problem
        if done.returncode:
            raise UnseenError(f"pulumi {words[0]}: {' '.join(done.stderr.split())}")
        return done.stdout

    return answer
