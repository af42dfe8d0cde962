"""Which query parameters a look may have: those of its operation, each once.

A filter with a slip in its name, or one that is given twice, would show other renders than were asked for.
"""

from collections import Counter
from collections.abc import Collection
from typing import Final

from fastapi.dependencies.models import Dependant
from starlette.requests import Request

from handlers.job_server import problems

LONGEST_SHOWN: Final = 80


def names_of(dependant: Dependant) -> frozenset[str]:
    """The query parameters that a route and its dependencies take."""
    own = frozenset(one.alias for one in dependant.query_params)
    return own.union(*map(names_of, dependant.dependencies))


def refuse_others(request: Request, names: Collection[str]) -> None:
    """Refuse a look with a parameter that the operation does not take, or takes once.

    Raises:
        Problem: it has one.
    """
    if request.method != "GET" or not request.scope["query_string"]:
        return
    for name, times in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name not in names:
            allowed = f"allowed here: {', '.join(sorted(names))}" if names else "there are none here"
            raise problems.invalid_parameter(name[:LONGEST_SHOWN], f"is not a known parameter; {allowed}")
        if times > 1:
            raise problems.invalid_parameter(name, f"is given {times} times; give it once")
