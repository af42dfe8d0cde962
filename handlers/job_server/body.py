"""Reads a request's body as JSON, strictly."""

from starlette.requests import Request

from handlers.job_server import problems
from handlers.job_server.problems import Problem
from handlers.jobs import strict_json
from handlers.jobs.schema_check import Json


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
        return strict_json.read((await request.body()).decode("utf-8"))
    except ValueError as error:
        raise Problem(
            kind=problems.MALFORMED_JSON, detail=f"The body cannot be read: {str(error)[:200]}."
        ) from error
