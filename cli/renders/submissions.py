"""A submission, from a file or from a template's fields."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from cli.exits import CommandError, Exit
from handlers.jobs.foreign.strict_json import NotJsonError, read
from handlers.jobs.outputs import Quality, VideoFormat

_STANDARD_INPUT = Path("-")


class SubmissionError(CommandError):
    """The arguments are not a valid submission; the text says what to give."""

    code = Exit.USAGE


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What to render: a composition, or a template with the texts of its fields."""

    composition: Mapping[str, JsonValue] | None
    template: str | None
    fields: Mapping[str, str] | None


def submission(composition: Path | None, *, template: str | None, fields: Sequence[str]) -> Submission:
    """What the arguments ask for; each field is text, for `typed` to read as its template wants it.

    Raises:
        SubmissionError: Both or neither of composition and template are given, or something cannot be read.
    """
    if (composition is None) == (template is None):
        raise SubmissionError(
            "Give either a composition file or --template; `clipit submit --help` shows both."
        )
    if fields and template is None:
        raise SubmissionError("--field needs --template.")
    return Submission(
        composition=document_of(composition) if composition else None,
        template=template,
        fields=None if template is None else _pairs(fields),
    )


def output_of(
    video_format: VideoFormat | None, quality: Quality | None, poster_at: float | None
) -> dict[str, JsonValue] | None:
    """The `output` of a submission, of what is given; None when nothing is."""
    given: dict[str, JsonValue] = {"format": video_format, "quality": quality, "poster_at_s": poster_at}
    return {name: value for name, value in given.items() if value is not None} or None


def typed(fields: Mapping[str, str], schema: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The fields by the schema of their template: text stays text, everything else is read as JSON.

    A field that the template does not have stays text; the API refuses it by name.

    Raises:
        SubmissionError: A field that is not to be text is not JSON.
    """
    schemas = _object(schema.get("properties"))
    return {name: _typed(name, text, _object(schemas.get(name))) for name, text in fields.items()}


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _typed(name: str, text: str, schema: Mapping[str, JsonValue]) -> JsonValue:
    wanted = schema.get("type", "string")
    if wanted == "string":
        return text
    try:
        return read(text)
    except NotJsonError as problem:
        raise SubmissionError(
            f"--field {name} must be JSON of type {wanted}, not {text[:60]!r}: {problem}."
        ) from None


def _pairs(given: Sequence[str]) -> Mapping[str, str]:
    fields: dict[str, str] = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise SubmissionError(f"--field {pair!r} does not have the form name=value.")
        if name in fields:
            raise SubmissionError(f"--field {name} is given twice; give each field once.")
        fields[name] = value
    return fields


def document_of(path: Path) -> Mapping[str, JsonValue]:
    """The JSON object in a file, or in standard input.

    Raises:
        SubmissionError: There is none.
    """
    try:
        text = sys.stdin.read() if path == _STANDARD_INPUT else path.read_text(encoding="utf-8")
        found = read(text)
    except OSError as problem:
        raise SubmissionError(
            f"{path} cannot be read: {problem.strerror}. Name a file with a JSON object."
        ) from problem
    except (NotJsonError, UnicodeDecodeError) as problem:
        raise SubmissionError(f"{path} is not JSON: {problem}. Correct it there.") from problem
    if not isinstance(found, dict):
        raise SubmissionError(f"{path} holds {text.strip()[:60]!r}; give a JSON object.")
    return found
