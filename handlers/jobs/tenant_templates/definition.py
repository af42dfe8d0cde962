"""Checks a template that a tenant puts: its field schema, its placeholders, and the video of its example.

The example is filled in and checked as a submission would be, so a mistake in the template is found when it
is put, by its place in it.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from handlers.jobs import composition
from handlers.jobs.json_schema.checker import Checker
from handlers.jobs.json_schema.values import Finding, Json, pointer
from handlers.jobs.outgoing.asset_links import LinkedAssets
from handlers.jobs.templates import Place, Room, Template, TooManyValuesError
from handlers.jobs.tenant_templates.field_schemas import DEEPEST, MOST_FIELDS, field_findings
from handlers.jobs.tenant_templates.placeholders import placeholder_findings

LARGEST_BYTES: Final = 65_536
"""Of a definition, in UTF-8 and without spaces between its parts."""
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,49}")
REFERENCE: Final = re.compile(rf"({NAME.pattern})(?:@([1-9][0-9]{{0,5}}))?")
"""A template in a submission: its name, and a version where it is not the newest."""

DEFINITION: Final[dict[str, Json]] = {
    "title": "TemplateDefinition",
    "description": "A composition with placeholders, the JSON Schema of their fields, and an example.",
    "type": "object",
    "required": ["fields", "composition", "example"],
    "additionalProperties": False,
    "properties": {
        "description": {"description": "What it makes.", "type": "string", "maxLength": 500},
        "fields": {"description": "JSON Schema of an object: the fields.", "type": "object"},
        "composition": {
            "description": "The composition; `$field`, `$when` and `$each` stand for fields.",
            "type": "object",
        },
        "example": {"description": "Fields that make a valid composition.", "type": "object"},
    },
}
_DEFINITION: Final = Checker(DEFINITION)


def template_of(name: str, content: Mapping[str, Json]) -> Template:
    """The template in a checked definition."""
    described, fields, made = (content.get(part) for part in ("description", "fields", "composition"))
    if not isinstance(fields, dict) or not isinstance(made, dict):
        raise TypeError(f"template {name} has no fields or no composition")
    return Template(
        name=name,
        description=described if isinstance(described, str) else "",
        fields=fields,
        composition=made,
    )


def definition_findings(
    name: str, body: Json, *, linked: LinkedAssets = LinkedAssets.PUBLIC
) -> list[Finding]:
    """Every mistake in a template's definition, and in the composition that its example makes."""
    found = _DEFINITION.findings(body)
    if not found and _bytes(body) > LARGEST_BYTES:
        found = [Finding(pointer="", detail=f"is too large; the maximum is {LARGEST_BYTES} bytes")]
    if found or not isinstance(body, dict):
        return found
    fields = body["fields"]
    if str(fields).count("'type'") > MOST_FIELDS:  # before they are checked, which takes much longer
        return [Finding(pointer="/fields", detail=f"has more than {MOST_FIELDS} schemas")]
    found = [*field_findings(fields, "/fields", DEEPEST)]
    if not found and isinstance(fields, dict):
        if fields.get("type") != "object":
            found = [Finding(pointer="/fields/type", detail="must be object")]
        else:
            found = [*placeholder_findings(body["composition"], fields)]
    return found or _example_findings(template_of(name, body), body["example"], linked)


def _bytes(body: Json) -> int:
    """How long the shortest JSON of it is, in UTF-8, as it may have been sent."""
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def _example_findings(template: Template, example: Json, linked: LinkedAssets) -> list[Finding]:
    found = template.findings(example, at="/example")
    if found or not isinstance(example, dict):
        return found
    try:
        made = template.expand(example, Room())
    except TooManyValuesError as error:
        return [Finding(pointer="/composition", detail=f"{error} (made of the example)")]
    marked = Template(
        name=template.name,
        description="",
        fields=template.fields,
        composition=_marked_object(template.composition, "/composition"),
    )
    origins = marked.origins(example, at="/example")
    properties = template.fields["properties"]
    # A field that the example leaves out has its default, which stands elsewhere in what was put.
    defaults = {
        pointer("/example", name): pointer(pointer("/fields/properties", name), "default")
        for name in (properties if isinstance(properties, dict) else {})
        if name not in example
    }
    return [
        Finding(
            pointer=defaults.get(origin := origins.of(one.pointer), origin),
            detail=f"{one.detail} (in the composition that the example makes, {one.pointer})",
        )
        for one in composition.findings(made, at="", linked=linked)
    ]


def _marked_object(part: dict[str, Json], at: str) -> dict[str, Json]:
    return {name: _marked(inner, pointer(at, name)) for name, inner in part.items()}


def _marked(part: Json, at: str) -> Json:
    """A part of a template with the places of its constants instead of these; placeholders stay."""
    match part:
        case {"$field": _}:
            return part
        case {"$when": name, "then": inner}:
            return {"$when": name, "then": _marked(inner, pointer(at, "then"))}
        case {"$each": name, "do": dict(do)}:
            extra = part["but_first"] if isinstance(part, dict) and "but_first" in part else {}
            first = _marked(extra, pointer(at, "but_first"))
            return {"$each": name, "do": _marked_object(do, pointer(at, "do")), "but_first": first}
        case dict():
            return _marked_object(part, at)
        case list():
            return [_marked(inner, pointer(at, index)) for index, inner in enumerate(part)]
    return Place(at)
