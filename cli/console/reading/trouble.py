"""Why something could not be read, in an operator's words. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

import botocore.exceptions
from botocore.exceptions import ClientError

from cli.console.allowed import OPERATIONS, action_of
from handlers.jobs.error_codes import Remedy, code_of, remedy_of
from handlers.jobs.errors import TryAgainLater

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"})
_WITHOUT_CREDENTIALS = (
    botocore.exceptions.NoCredentialsError,
    botocore.exceptions.PartialCredentialsError,
    botocore.exceptions.CredentialRetrievalError,
    botocore.exceptions.TokenRetrievalError,
    botocore.exceptions.SSOError,
)
_NAMED_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")
"""How AWS names the missing action; it may be another service's, such as `kms:Decrypt`."""


class State(StrEnum):
    """Why something could not be read."""

    DENIED = "denied"
    THROTTLED = "throttled"
    EXPIRED = "expired"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why something could not be read, and what to do."""

    state: State
    text: str


def trouble_of(problem: Exception) -> Trouble:
    """What a failed read means to an operator."""
    cause = problem.__cause__ if isinstance(problem, TryAgainLater) and problem.__cause__ else problem
    if isinstance(cause, ClientError):
        return _refusal(cause)
    if isinstance(cause, _WITHOUT_CREDENTIALS):
        return Trouble(state=State.EXPIRED, text=f"no valid credentials: {cause}; renew them and reload")
    return Trouble(state=State.UNREADABLE, text=str(cause))


def _refusal(problem: ClientError) -> Trouble:
    code, action = code_of(problem), _action(problem)
    if code in _DENIED:
        return Trouble(
            state=State.DENIED,
            text=f"your credentials may not call {action}; the stack's output operator_read_policy allows it",
        )
    if code in _EXPIRED | _UNKNOWN:
        had = "have expired" if code in _EXPIRED else "are not known to AWS"
        return Trouble(state=State.EXPIRED, text=f"your credentials {had}; renew them and reload")
    if remedy_of(problem) is Remedy.LATER:
        return Trouble(state=State.THROTTLED, text=f"AWS throttles {action}, or cannot answer it now")
    return Trouble(state=State.UNREADABLE, text=str(problem))


def _action(problem: ClientError) -> str:
    """The action of IAM: as AWS names it, else that of the operation."""
    named = _NAMED_ACTION.search(str(problem))
    if named:
        return named[1]
    operation = problem.operation_name
    known = (action_of(name) for name in OPERATIONS if name.partition(":")[2] == operation)
    return next(known, operation)
