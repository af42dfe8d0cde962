"""Reads YAML and JSON written by people; refuses what other readers would drop or misread."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from functools import partial
from typing import NoReturn

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode


class NotYamlError(yaml.YAMLError, ValueError):
    """The text is no YAML, or a value in it is none of its kind; the message says what and where."""


class StatedTwiceError(ValueError):
    """One mapping states a key more than once; the message names the key and the lines."""


class _Typed(SafeConstructor):
    """Values with the types of YAML; a key that is stated again is refused."""

    def check_mapping_key(
        self, node: MappingNode, key_node: ScalarNode, mapping: object, key: object, _value: object
    ) -> bool:
        if not isinstance(mapping, dict) or key not in mapping:
            return True
        first = next(stated for stated, _ in node.value if stated.value == key_node.value)
        lines = f"{first.start_mark.line + 1} and {key_node.start_mark.line + 1}"
        raise StatedTwiceError(
            f"{key} appears more than once, on lines {lines}; only the last one would count"
        )


class _Written(_Typed):
    """Every scalar as the text that somebody wrote: no date, number or flag can be misread."""


for _kind in ("bool", "int", "float", "timestamp", "value"):
    _Written.add_constructor(f"tag:yaml.org,2002:{_kind}", SafeConstructor.construct_yaml_str)


def of_yaml(text: str) -> object:
    """What a YAML document says, in the types of YAML 1.2.

    Raises NotYamlError, also for a date that the calendar lacks, and StatedTwiceError.
    """
    return _read(text, _Typed)


def as_written(text: str) -> object:
    """What a YAML document says, each scalar as the text that it is written as, and null as None.

    Raises NotYamlError and StatedTwiceError.
    """
    return _read(text, _Written)


def _read(text: str, constructor: type[_Typed]) -> object:
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = constructor
    try:
        return reader.load(text)
    except StatedTwiceError:
        raise
    except RecursionError:
        raise NotYamlError("it is nested too deeply") from None
    except MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        clauses = [broken.context, f"line {mark.line + 1}: {broken.problem}" if mark else broken.problem]
        raise NotYamlError(", ".join(part for part in clauses if part)) from broken
    except Exception as broken:
        # A constructor raises whatever its type raises: for a 30th of February, or a number of 5,000 digits.
        raise NotYamlError(str(broken)[:200]) from broken


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
    raise json.JSONDecodeError(f"{stated[:60]} is not a JSON number", text, text.find(stated))


def _once(text: str, pairs: list[tuple[str, object]]) -> dict[str, object]:
    stated = dict(pairs)
    if len(stated) < len(pairs):
        names = [name for name, _ in pairs]
        again = next(name for name in names if names.count(name) > 1)
        # As YAML, of which JSON is a part, the reading knows the lines; JSON may be indented by tabs.
        with suppress(NotYamlError):
            as_written(text.replace("\t", " "))
        raise StatedTwiceError(f"{again} appears more than once; only the last one would count")
    return stated
