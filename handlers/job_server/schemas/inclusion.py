"""What a look at one render may show in addition, as the query parameter `include`."""

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from fastapi import Query


class Part(StrEnum):
    """A part of a render that is shown only to those who ask for it."""

    COMPOSITION = "composition"
    EVENTS = "events"


PARAMETER: Final = "include"
_ONE: Final = f"({'|'.join(Part)})"
PATTERN: Final = f"^{_ONE}(,{_ONE})?$"


PartsNamed: TypeAlias = Annotated[
    str | None,
    Query(pattern=PATTERN, description="Show these parts too: `composition`, `events`, or both."),
]


def parts(include: str | None) -> frozenset[Part]:
    """The parts that the parameter names."""
    return frozenset(map(Part, include.split(","))) if include else frozenset()
