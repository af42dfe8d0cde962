"""The short form of a test runs in `make test`, and its long form in `make test-long`."""

from collections.abc import Iterable
from typing import TypeVar

import pytest
from _pytest.mark import ParameterSet

Value = TypeVar("Value")


def short_form(values: Iterable[Value], count: int) -> list[Value | ParameterSet]:
    """The values of a parametrized test: the first `count` in its short form, the others in its long form."""
    return [
        value if place < count else pytest.param(value, marks=pytest.mark.long)
        for place, value in enumerate(values)
    ]
