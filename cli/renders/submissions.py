"""The body of a submission, from a file or from a template's fields."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.policy.guardrails import of_json

_STANDARD_INPUT = Path("-")


def body_of(
    composition: Path | None,
    *,
    template: str | None,
    fields: Sequence[str],
    fleet: str | None,
    webhook_url: str | None,
) -> Mapping[str, object]:
    """The body that the API expects.

    Raises:
        ValueError: Both or neither of composition and template, or something that cannot be read.
    """
    if (composition is None) == (template is None):
        raise ValueError("Give either a file with a composition or --template.")
    if fields and template is None:
        raise ValueError("--field belongs to --template.")
    what = (
        {"composition": _read(composition)}
        if template is None
        else {"template": template, "fields": _fields(fields)}
    )
    options = {"fleet": fleet, "webhook_url": webhook_url}
    return {**what, **{name: value for name, value in options.items() if value is not None}}


def _fields(given: Sequence[str]) -> Mapping[str, object]:
    """name=value pairs; a value that is JSON stands for what it says, anything else for text."""
    fields: dict[str, object] = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise ValueError(f"--field {pair!r} is not of the form name=value.")
        if name in fields:
            raise ValueError(f"--field {name} is given twice; give each field once.")
        try:
            fields[name] = of_json(value)
        except json.JSONDecodeError:
            fields[name] = value
    return fields


def _read(path: Path | None) -> object:
    if path is None:
        return None
    try:
        text = sys.stdin.read() if path == _STANDARD_INPUT else path.read_text(encoding="utf-8")
        return of_json(text)
    except OSError as problem:
        raise ValueError(f"{path} cannot be read: {problem.strerror}.") from problem
    except (json.JSONDecodeError, UnicodeDecodeError) as problem:
        raise ValueError(f"{path} is not JSON: {problem}.") from problem
    except ValueError as ambiguous:
        raise ValueError(f"{path}: {ambiguous}.") from ambiguous
