"""Reads JSON strictly, for the job server and the command line: refuses ambiguous JSON as well."""

import json
import math
import re
from collections import Counter
from typing import Final, NoReturn

from handlers.jobs.json_schema.values import Json

DEEPEST: Final = 64
"""Maximum nesting; a composition has six levels. Without a limit Python's recursion limit would apply."""

_SHOWN = 60
_HALF_PAIR = re.compile("[\ud800-\udfff]")


class NotJsonError(ValueError):
    """The text is not JSON, or ambiguous JSON; the message continues a sentence."""


def read(text: str) -> Json:
    """The value of a JSON text.

    Raises:
        NotJsonError: The text is not JSON, repeats a name in one object, has a number too large to store,
            or is nested deeper than `DEEPEST` levels.
    """
    try:
        value: Json = json.loads(
            text, parse_constant=_refuse_number, parse_float=_finite, object_pairs_hook=_object
        )
    except NotJsonError:
        raise
    except json.JSONDecodeError as error:
        raise NotJsonError(str(error)) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # of whole numbers alone, whose digits Python limits
        raise NotJsonError("a number has too many digits") from None
    _refuse_depth(value)
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise NotJsonError(f"the name {json.dumps(twice[:_SHOWN])} appears twice in one object")
    for name in members:
        if _HALF_PAIR.search(name):
            raise NotJsonError(f"the name {json.dumps(name[:_SHOWN])} holds half of a surrogate pair")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse_number(digits)


def _refuse_number(stated: str) -> NoReturn:
    raise NotJsonError(f"{stated[:_SHOWN]} is not a JSON number")


def _refuse_depth(value: Json) -> None:
    level: list[Json] = [value]
    for _ in range(DEEPEST):
        if not level:
            return
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    if level:
        raise _too_deep()


def _too_deep() -> NotJsonError:
    return NotJsonError(f"it is nested deeper than {DEEPEST} levels")
