"""The idempotency key of a request."""

import re
from typing import Final

from fastapi import Request, Response

from handlers.job_server import problems

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


def idempotency_key(request: Request) -> str | None:
    """The key of a request, if it has one.

    Raises:
        Problem: it is none, or there are several.
    """
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise problems.invalid_parameter(
            "Idempotency-Key", "must be one value of 1 to 255 visible ASCII characters"
        )
    return given[0]


def say_replayed(response: Response, *, replayed: bool) -> None:
    """Say on the response that an earlier request had the same effect."""
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
