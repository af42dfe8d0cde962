"""Which scope of a key each operation needs, and the refusal of keys with less."""

from collections.abc import Set as AbstractSet
from typing import Final

from starlette.requests import Request

from handlers.job_server import problems
from handlers.job_server.problems import Problem
from handlers.jobs.tenants.scopes import Scope

SUBMITTING: Final[AbstractSet[str]] = frozenset(
    {
        "announceAsset",
        "cancelRender",
        "redeliverWebhook",
        "submitBatch",
        "submitRender",
        "validateRender",
    }
)
"""Operations for programs that make renders. What is neither here nor a GET needs `admin`."""


def needed(operation: str, method: str) -> Scope:
    """The scope that an operation needs."""
    if method == "GET":
        return Scope.READ
    return Scope.SUBMIT if operation in SUBMITTING else Scope.ADMIN


def require(scope: Scope, request: Request) -> None:
    """Let a request pass whose key has the scope that its operation needs.

    Raises:
        Problem: the key has less.
    """
    wanted = needed(request.scope["route"].operation_id, request.method)
    if scope.allows(wanted):
        return
    raise Problem(
        kind=problems.INSUFFICIENT_SCOPE,
        detail=f"This key has the scope `{scope}`, and this operation needs `{wanted}`; "
        "ask your operator for such a key.",
        headers={"WWW-Authenticate": f'Bearer realm="clip-it", error="insufficient_scope", scope="{wanted}"'},
    )
