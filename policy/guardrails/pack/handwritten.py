"""Reads YAML and JSON that people write: what would be lost or misread is refused."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import NoReturn

import yaml


class StatedTwiceError(ValueError):
    """One mapping states a key more than once; the message names the key and the lines."""


def of_yaml(text: str) -> object:
    """What a YAML document says.

    Raises yaml.YAMLError for what is none, and StatedTwiceError.
    """
    try:
        for key, first, again in _stated_twice(text):
            raise StatedTwiceError(
                f"{key} is stated more than once, on lines {first} and {again}, and only the last would hold"
            )
        return yaml.safe_load(text)
    except RecursionError:
        raise yaml.YAMLError("it is nested too deeply") from None


def of_json(text: str) -> object:
    """What a JSON document says.

    Raises json.JSONDecodeError for what is none, and StatedTwiceError.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=partial(_once, text),
            parse_constant=partial(_no_number, text),
            parse_float=partial(_number, text),
        )
    except RecursionError:
        raise json.JSONDecodeError("It is nested too deeply", text, 0) from None
    except (json.JSONDecodeError, StatedTwiceError):
        raise
    except ValueError:  # of whole numbers alone, which Python limits
        raise json.JSONDecodeError("A number has too many digits", text, 0) from None


def _number(text: str, digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(text, digits)


def _no_number(text: str, stated: str) -> NoReturn:
    raise json.JSONDecodeError(f"{stated[:60]} is no number of JSON", text, text.find(stated))


def _once(text: str, pairs: list[tuple[str, object]]) -> dict[str, object]:
    stated = dict(pairs)
    if len(stated) < len(pairs):
        key, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise StatedTwiceError(
            f"{key} is stated more than once{_lines(text, key)}, and only the last would hold"
        )
    return stated


def _lines(text: str, key: str) -> str:
    """Where JSON states the key twice; nothing for the rare JSON that is no YAML."""
    try:
        # JSON may be indented by tabs, which YAML does not allow, and has none within its texts.
        found = [pair for pair in _stated_twice(text.replace("\t", " ")) if pair[0] == key]
    except (yaml.YAMLError, RecursionError):
        return ""
    return f", on lines {found[0][1]} and {found[0][2]}" if found else ""


def _stated_twice(text: str) -> Iterator[tuple[str, int, int]]:
    """Every key that a mapping states again, with the lines of the first and of this statement."""
    seen: set[int] = set()
    waiting = [yaml.compose(text, Loader=yaml.SafeLoader)]
    while waiting:
        node = waiting.pop()
        # An alias is the very node that it names, and may even lie within it.
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from _again(node)
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _again(node: yaml.MappingNode) -> Iterator[tuple[str, int, int]]:
    lines: dict[tuple[str, str], int] = {}
    for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
        line, name = key.start_mark.line + 1, (key.tag, key.value)
        if name in lines:
            yield key.value, lines[name], line
        lines.setdefault(name, line)
