"""Reads a request's body as JSON, strictly."""

import json
from typing import NoReturn

from starlette.requests import Request

from handlers.jobs.schema_check import Json

from . import problems
from .problems import Problem


async def read_json(request: Request) -> Json:
    """The JSON value in the body.

    Raises:
        Problem: the body is of another kind, or no JSON.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(
            kind=problems.UNSUPPORTED_MEDIA,
            detail=f"Content-Type is {kind[:80]!r}; send application/json.",
            headers={"Accept": "application/json"},
        )
    try:
        value: Json = json.loads((await request.body()).decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Problem(
            kind=problems.MALFORMED_JSON, detail=f"The body cannot be read: {str(error)[:200]}."
        ) from error
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
