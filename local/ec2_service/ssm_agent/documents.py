"""Command documents: reading one, and putting parameters into its steps (no side effects)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import yaml

# What JSON and YAML hold.
Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
Arguments: TypeAlias = Mapping[str, Sequence[str]]

_SCHEMA = "2.2"
_PLACEHOLDER = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
_PARAMETER_STORE = re.compile(r"\{\{\s*ssm:([\w./-]+)(?::\d+)?\s*\}\}")


class DocumentError(Exception):
    """A document or its arguments cannot be used as they are."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step with its parameters put in."""

    name: str
    action: str
    inputs: Mapping[str, Value]

    def text(self, name: str, default: str = "") -> str:
        """An input as text."""
        value = self.inputs.get(name, default)
        return default if value is None else str(value)

    def lines(self, name: str) -> list[str]:
        """An input that is a list of lines."""
        value = self.inputs.get(name, [])
        return [str(line) for line in value] if isinstance(value, list) else [str(value)]

    @property
    def ends_on_failure(self) -> bool:
        """Whether the document ends when this step fails; by default the next step still runs."""
        return self.text("onFailure") == "exit"


def steps(content: str, arguments: Arguments, parameter_store: Callable[[str], str]) -> list[Step]:
    """The steps of a document with the arguments of an association, ready to be run.

    Raises:
        DocumentError: Schema, parameters or arguments are not what they should be.
    """
    document = _read(content)
    if not isinstance(document, dict) or str(document.get("schemaVersion")) != _SCHEMA:
        raise DocumentError(f"The document's schemaVersion must be {_SCHEMA}.")
    values = _values(document.get("parameters") or {}, arguments, parameter_store)
    return [
        Step(name=step["name"], action=step["action"], inputs=_fill(step.get("inputs") or {}, values))
        for step in document.get("mainSteps") or []
    ]


def _read(content: str) -> object:
    try:
        return yaml.safe_load(content)
    except RecursionError:
        raise DocumentError("The document is no YAML: it is nested too deeply.") from None
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise DocumentError(f"The document is no YAML: {broken.problem or broken.context}{line}.") from broken
    except Exception as broken:  # a constructor raises whatever its type raises, for a 30th of February say
        raise DocumentError(f"The document is no YAML: {str(broken)[:200]}.") from broken


def _values(
    declared: Mapping[str, Mapping[str, Value]], arguments: Arguments, parameter_store: Callable[[str], str]
) -> dict[str, Value]:
    """What each placeholder stands for: the argument, or else the declared default."""
    unknown = sorted(set(arguments) - set(declared))
    if unknown:
        raise DocumentError(f"The document has no parameters {unknown}; it has {sorted(declared)}.")
    values: dict[str, Value] = {}
    for name, declaration in declared.items():
        if name in arguments:
            given = [_from_store(text, parameter_store) for text in arguments[name]]
            values[name] = (
                list(given) if declaration.get("type") == "StringList" else given[0] if given else ""
            )
        elif "default" in declaration:
            values[name] = declaration["default"]
        else:
            raise DocumentError(f"The document's parameter {name} has no default and was not given.")
        _check(name, values[name], declaration)
    return values


def _from_store(text: str, parameter_store: Callable[[str], str]) -> str:
    return _PARAMETER_STORE.sub(lambda match: parameter_store(match[1]), text)


def _check(name: str, value: Value, declaration: Mapping[str, Value]) -> None:
    pattern, allowed = declaration.get("allowedPattern"), declaration.get("allowedValues")
    for each in value if isinstance(value, list) else [value]:
        if isinstance(pattern, str) and not _compiled(name, pattern).search(str(each)):
            raise DocumentError(f"The document's parameter {name} is {each!r}; it must match {pattern}.")
        if isinstance(allowed, list) and each not in allowed:
            raise DocumentError(f"The document's parameter {name} is {each!r}; it must be one of {allowed}.")


def _compiled(name: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as broken:
        detail = f"The allowedPattern of the document's parameter {name} is no regular expression: {broken}."
        raise DocumentError(detail) from broken


def _fill(value: Value, values: Mapping[str, Value]) -> dict[str, Value]:
    filled = _filled(value, values)
    if not isinstance(filled, dict):
        raise DocumentError("The inputs of a step must be a map.")
    return filled


def _filled(value: Value, values: Mapping[str, Value]) -> Value:
    if isinstance(value, dict):
        return {key: _filled(below, values) for key, below in value.items()}
    if isinstance(value, list):
        return [_filled(below, values) for below in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value.strip())
    if whole and isinstance(values.get(whole[1]), list):
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda match: _as_text(match[1], values), value)


def _as_text(name: str, values: Mapping[str, Value]) -> str:
    if name not in values:
        raise DocumentError(f"A step uses {{{{ {name} }}}}, which the document does not declare.")
    value = values[name]
    return " ".join(str(each) for each in value) if isinstance(value, list) else str(value)
