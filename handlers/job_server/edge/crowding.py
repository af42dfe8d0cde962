"""Counts the values of a JSON text before any of them is made, so that reading one takes bounded memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from handlers.jobs.foreign.strict_json import DEEPEST, NotJsonError
from handlers.jobs.json_schema.values import Finding, pointer

MOST_VALUES: Final = 10_000
"""The largest composition has some 2,000. A megabyte of text can hold 500,000, which take 30 MB to keep."""

_TOKEN = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+"?)\s*+(:?)|[\[\]{},]', re.DOTALL)
"""A string, with the colon that makes it a name, or what separates values; no byte is read twice."""
_SHOWN = 60


@dataclass
class _Container:
    """An open array or object: the step to the value that has been reached in it, and how many it has."""

    is_array: bool = True
    step: str = "0"
    values: int = 1


def crowded(text: bytes) -> Finding | None:
    """The fullest place on the way to value number `MOST_VALUES`; None when there are fewer values.

    Takes one pass, and memory for the open containers alone. What is not JSON is counted as far as it goes.

    Raises:
        NotJsonError: the text is nested deeper than JSON is read.
    """
    if len(text) < MOST_VALUES:
        # Each value but the first follows a bracket, a brace or a comma of its own.
        return None
    containers = [_Container()]
    count = 0
    for token in _tokens(text):
        match token:
            case b"{" | b"[":
                containers.append(_Container(is_array=token == b"["))
            case b"}" | b"]":
                containers = containers[:-1] or [_Container()]
                continue
            case b",":
                containers[-1].values += 1
                if containers[-1].is_array:
                    containers[-1].step = str(containers[-1].values - 1)
            case _:
                containers[-1].step = token.strip(b'"')[:_SHOWN].decode("utf-8", "replace")
                continue
        count += 1
        if len(containers) > DEEPEST + 1:
            raise NotJsonError(f"it is nested deeper than {DEEPEST} levels")
        if count >= MOST_VALUES:
            return _finding(containers)
    return None


def _tokens(text: bytes) -> Iterator[bytes]:
    """Brackets, braces, commas and names."""
    for found in _TOKEN.finditer(text):
        string, colon = found.groups()
        if string is None:
            yield found.group()
        elif colon:
            yield string


def _finding(containers: list[_Container]) -> Finding:
    fullest = max(range(len(containers)), key=lambda depth: containers[depth].values)
    place = ""
    for container in containers[1:fullest]:
        place = pointer(place, container.step)
    return Finding(pointer=place, detail=f"takes the body beyond {MOST_VALUES} values, the most it may have")
