"""The body of a submission, from a file or from a template's fields."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.exits import CommandError, Exit
from cli.renders.api import Document, part
from handlers.jobs.schema_check import Json
from handlers.jobs.strict_json import NotJsonError, read

_STANDARD_INPUT = Path("-")


class SubmissionError(CommandError):
    """The arguments are not a valid submission; the text says what to give."""

    code = Exit.USAGE


def body_of(
    composition: Path | None,
    *,
    template: str | None,
    fields: Sequence[str],
    fleet: str | None,
    webhook_url: str | None,
) -> Document:
    """The body that the API expects; each field is text, for `typed` to read as its template wants it.

    Raises:
        SubmissionError: Both or neither of composition and template are given, or something cannot be read.
    """
    if (composition is None) == (template is None):
        raise SubmissionError(
            "Give either a composition file or --template; `clipit submit --help` shows both."
        )
    if fields and template is None:
        raise SubmissionError("--field needs --template.")
    options: Mapping[str, str | None] = {"fleet": fleet, "webhook_url": webhook_url}
    return {
        **({"composition": _read(composition)} if composition else {}),
        **({"template": template, "fields": _pairs(fields)} if template is not None else {}),
        **{name: value for name, value in options.items() if value is not None},
    }


def typed(fields: Document, schemas: Document) -> Document:
    """The fields by their template's schemas: text stays text, everything else is read as JSON.

    A field that the template does not have stays text; the API refuses it by name.

    Raises:
        SubmissionError: A field that is not to be text is not JSON.
    """
    return {name: _typed(name, str(text), part(schemas, name)) for name, text in fields.items()}


def _typed(name: str, text: str, schema: Document) -> Json:
    wanted = schema.get("type", "string")
    if wanted == "string":
        return text
    try:
        return read(text)
    except NotJsonError as problem:
        raise SubmissionError(
            f"--field {name} must be JSON of type {wanted}, not {text[:60]!r}: {problem}."
        ) from None


def _pairs(given: Sequence[str]) -> Document:
    fields: Document = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise SubmissionError(f"--field {pair!r} does not have the form name=value.")
        if name in fields:
            raise SubmissionError(f"--field {name} is given twice; give each field once.")
        fields[name] = value
    return fields


def _read(path: Path) -> Json:
    try:
        text = sys.stdin.read() if path == _STANDARD_INPUT else path.read_text(encoding="utf-8")
        return read(text)
    except OSError as problem:
        raise SubmissionError(
            f"{path} cannot be read: {problem.strerror}. Name a file with a composition."
        ) from problem
    except (NotJsonError, UnicodeDecodeError) as problem:
        raise SubmissionError(f"{path} is not JSON: {problem}. Correct it there.") from problem
