"""What the checks look at: the settings of a stack, its account, and the Pulumi CLI; and what they find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from components.naming import Naming
from components.settings import Settings


class Result(StrEnum):
    """How a check ended; `UNSEEN` says nothing about the thing itself."""

    PASSED = "passed"
    FAILED = "failed"
    UNSEEN = "could not look"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found; `remedy` is a command, or the page that has it."""

    result: Result
    detail: str
    remedy: str = ""


def passed(detail: str) -> Finding:
    """The check passed."""
    return Finding(result=Result.PASSED, detail=detail)


def failed(detail: str, remedy: str) -> Finding:
    """The check failed: a deployment would fail or would not work."""
    return Finding(result=Result.FAILED, detail=detail, remedy=remedy)


def unseen(detail: str) -> Finding:
    """The check could not look."""
    return Finding(result=Result.UNSEEN, detail=detail)


class NotFoundError(Exception):
    """It does not exist in AWS."""


class UnseenError(Exception):
    """AWS was not reached, refused the look, or does not know the operation; the text says which."""


class Aws(Protocol):
    """AWS as the checks ask it."""

    def __call__(self, service: str, operation: str, /, **parameters: object) -> Mapping[str, object]:
        """Call an operation by boto3's name.

        Raises:
            NotFoundError: It does not exist.
            UnseenError: The check could not look.
        """


class PulumiCli(Protocol):
    """The Pulumi CLI as the checks ask it."""

    def __call__(self, *words: str) -> str:
        """Run a command and give what it prints.

        Raises:
            UnseenError: There is no CLI, or the command failed; the text is its own.
        """


class Resolver(Protocol):
    """The domain name system as the checks ask it."""

    def __call__(self, name: str, /) -> frozenset[str]:
        """The addresses of a name.

        Raises:
            NotFoundError: There is no such name.
            UnseenError: No name server answered.
        """


@dataclass(frozen=True, kw_only=True)
class Patient:
    """A stack before or after its deployment."""

    stack: str
    root: Path
    settings: Settings
    aws: Aws
    pulumi: PulumiCli
    resolve: Resolver

    @property
    def naming(self) -> Naming:
        """The names of the stack."""
        return Naming.of(self.settings.deployment)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A named check."""

    name: str
    look: Callable[[Patient], Finding]


def rows(answer: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    """Read a list of objects out of an answer; empty when it is not there."""
    found = answer.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def block(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Read an object out of an answer; empty when it is not there."""
    found = answer.get(name)
    return found if isinstance(found, dict) else {}
