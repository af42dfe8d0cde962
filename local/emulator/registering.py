"""Registers our responses in moto: a function under the name of the API action."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult

# moto publishes no types: a request is its BaseResponse object, a result whatever botocore can serialize.
Request: TypeAlias = Any
Result: TypeAlias = dict[str, Any]
Action: TypeAlias = Callable[[Request], Result]


def answer(response_class: Request, **actions: Action) -> None:
    """Register actions (snake-case names of the API's) on one of moto's response classes."""
    for name, action in actions.items():
        setattr(response_class, name, _as_method(action))


def answer_in_json(response_class: Request, **actions: Action) -> None:
    """As `answer`, for actions that botocore does not model or whose class of moto's writes JSON itself."""
    for name, action in actions.items():
        setattr(response_class, name, _as_json_method(action))


class Refusal(ServiceException):  # type: ignore[misc]
    """An error as AWS would answer it (moto looks an error's service up by its module: this one has none)."""


def failure(code: str, message: str) -> Exception:
    """The refusal of a request, ready to be raised."""
    return Refusal(code, message)


def _as_method(action: Action) -> Callable[[Request], Request]:
    def method(request: Request) -> Request:
        return ActionResult(action(request))

    return method


def _as_json_method(action: Action) -> Callable[[Request], str]:
    def method(request: Request) -> str:
        return json.dumps(action(request))

    return method
