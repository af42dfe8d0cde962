"""Reads a request's body as JSON, strictly: what two readers could understand differently is refused."""

import json
import re
from collections import Counter
from typing import Final, NoReturn

from starlette.requests import Request

from handlers.job_server import problems
from handlers.job_server.problems import Problem
from handlers.jobs.schema_check import Json

DEEPEST: Final = 64
"""Levels of nesting; a composition has six. Deeper ones would meet Python's limit at a place by chance."""

_HALF_PAIR = re.compile("[\ud800-\udfff]")


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
        value: Json = json.loads(
            (await request.body()).decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_object
        )
        _refuse_depth(value)
    except (ValueError, RecursionError) as error:
        raise Problem(
            kind=problems.MALFORMED_JSON, detail=f"The body cannot be read: {str(error)[:200]}."
        ) from error
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the name {json.dumps(twice[:60])} stands twice in one object")
    for name in members:
        if _HALF_PAIR.search(name):
            raise ValueError(f"the name {json.dumps(name[:60])} holds half of a surrogate pair")
    return members


def _refuse_depth(value: Json) -> None:
    level: list[Json] = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    if level:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
