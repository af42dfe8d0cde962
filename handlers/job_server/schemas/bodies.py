"""The schemas of request bodies, as they are checked and as they are published."""

from collections.abc import Collection, Mapping, Sequence

from handlers.job_server.schemas import batches
from handlers.job_server.webhook_endpoints.bodies import ENDPOINT_CHANGE, ENDPOINT_REQUEST
from handlers.jobs import composition
from handlers.jobs.composition import MAX_SECONDS
from handlers.jobs.json_schema.values import Json, Schema
from handlers.jobs.model import Priority
from handlers.jobs.outgoing.webhook_urls import MAX_LENGTH, WebhookTargets
from handlers.jobs.outputs import Engines, Quality, VideoFormat
from handlers.jobs.templates import PREFIX, Template, catalog
from handlers.jobs.tenant_templates.definition import DEFINITION, NAME

MAX_ASSET_BYTES = 500_000_000
CONTENT_TYPES = (
    "image/png",
    "image/jpeg",
    "image/webp",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "audio/mpeg",
    "audio/mp4",
    "audio/wav",
    "font/ttf",
    "font/otf",
    "font/collection",
    "application/x-subrip",
    "text/vtt",
)

MOST_METADATA, LONGEST_NAME, LONGEST_VALUE, METADATA_BYTES = 16, 40, 256, 1024
"""Pairs of a render's metadata, characters of a name and of a value, and UTF-8 bytes of all of it: each write
of the job writes it again."""

_COMMON: dict[str, Json] = {
    "metadata": {
        "description": "Your own notes on the render, shown with it and in its webhook; "
        f"at most {METADATA_BYTES} bytes in all, and {LONGEST_NAME} characters for a name.",
        "type": "object",
        "maxProperties": MOST_METADATA,
        "additionalProperties": {"type": "string", "maxLength": LONGEST_VALUE},
    },
    "output": {
        "description": "What is made of the composition; what the fleet's engine cannot make is refused.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "format": {
                "description": "mp4 when absent; a gif has no sound.",
                "type": "string",
                "enum": [*VideoFormat],
            },
            "quality": {
                "description": "How much of the pictures the video keeps; medium when absent.",
                "type": "string",
                "enum": [*Quality],
            },
            "poster_at_s": {
                "description": "The second of the video that `output.poster`, a JPEG, shows.",
                "type": "number",
                "minimum": 0,
                "maximum": MAX_SECONDS,
            },
        },
    },
    "fleet": {
        "description": "The fleet that renders; the default fleet when absent.",
        "type": "string",
        "maxLength": 64,
    },
    "priority": {
        "description": "A `bulk` render waits for most `normal` ones that are queued.",
        "type": "string",
        "enum": [*Priority],
    },
    "webhook_url": {
        "description": "URL that receives a webhook when the render has ended.",
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_LENGTH,
    },
}
COMPOSITION_REQUEST: dict[str, Json] = {
    "title": "CompositionRequest",
    "description": "A render of a composition.",
    "type": "object",
    "required": ["composition"],
    "additionalProperties": False,
    "properties": {"composition": {"type": "object"}, **_COMMON},
}
TEMPLATE_REQUEST: dict[str, Json] = {
    "title": "TemplateRequest",
    "description": "A render of a template, filled with your fields.",
    "type": "object",
    "required": ["template", "fields"],
    "additionalProperties": False,
    "properties": {
        "template": {
            "description": "A name from GET /v1/templates, or one of your own with its version: `promo@3`.",
            "type": "string",
            "maxLength": 64,
        },
        "fields": {"description": "Fields of the template, as its schema describes them.", "type": "object"},
        **_COMMON,
    },
}
ASSET_REQUEST: dict[str, Json] = {
    "title": "AssetRequest",
    "description": "A file to be uploaded.",
    "type": "object",
    "required": ["content_type", "size"],
    "additionalProperties": False,
    "properties": {
        "content_type": {
            "description": "Media type of the file.",
            "type": "string",
            "enum": list(CONTENT_TYPES),
        },
        "size": {
            "description": "Exact size of the file in bytes.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_ASSET_BYTES,
        },
    },
}


REFERENCE_PATTERN = rf"{NAME.pattern}(@[1-9][0-9]{{0,5}})?"
ANY_TEMPLATE_PATTERN = rf"({PREFIX.replace('.', '[.]')})?{REFERENCE_PATTERN}"
"""The pattern of every template's name, of the catalog or a tenant's."""
FLEET_PATTERN = "^[a-z][a-z0-9]{1,11}$"
"""The pattern of fleet names in the stack's settings."""


def published(fleets: Collection[str], targets: WebhookTargets, engines: Engines, at: str) -> dict[str, Json]:
    """The schemas by name, for a document that has them at `at`.

    They say in patterns and lists what is checked in code, and name each template's fields, so that generated
    types can be filled in. A stack's own document lists its fleets, and the compositions of engines with a
    schema of their own.
    """
    common = _published_common(fleets, targets)
    own = {fleet: one.composition.schema for fleet, one in engines.items() if one.composition}
    types = {"Composition": composition.schema()} if not own.keys() >= {*fleets} or not own else {}
    types |= {f"CompositionOf{fleet.title()}": schema for fleet, schema in own.items()}
    choices: list[Json] = [{"$ref": f"{at}{name}"} for name in types]
    either: Json = choices[0] if len(choices) == 1 else {"anyOf": choices}
    templates = {name: _published_template(one, common, at) for name, one in catalog().items()}
    return {
        **{
            name: part
            for prefix, schema in types.items()
            for name, part in _composition_types(prefix, schema, at).items()
        },
        "CompositionRequest": {
            **COMPOSITION_REQUEST,
            "properties": {"composition": either, **common},
        },
        **{_type_name(name, "Fields"): _published_fields(one) for name, one in catalog().items()},
        **{_type_name(name, "Request"): schema for name, schema in templates.items()},
        "OwnTemplateRequest": _published_own(common),
        "RenderRequest": _any_of(
            [
                "CompositionRequest",
                *(_type_name(name, "Request") for name in catalog()),
                "OwnTemplateRequest",
            ],
            at,
        ),
        "TemplateDefinition": DEFINITION,
        "AssetRequest": ASSET_REQUEST,
        **batches.published(_published_submission(either, common), at),
        **_published_endpoints(common["webhook_url"]),
    }


def _published_endpoints(url: Json) -> dict[str, Json]:
    """The bodies about webhook endpoints; their URLs are those of the webhooks of renders."""
    described = {**_object(url), "description": "URL that receives the webhooks."}
    return {
        str(schema["title"]): {**schema, "properties": {**_object(schema["properties"]), "url": described}}
        for schema in (ENDPOINT_REQUEST, ENDPOINT_CHANGE)
    }


def _composition_types(prefix: str, schema: Schema, at: str) -> dict[str, Json]:
    """A schema of compositions and its parts, under names that begin with the prefix."""
    whole = {name: part for name, part in schema.items() if name not in {"$defs", "$schema"}}
    parts = _object(schema.get("$defs", {}))
    named = {prefix: whole, **{f"{prefix}{name.title()}": part for name, part in parts.items()}}
    return {name: _with_new_references(part, f"{at}{prefix}") for name, part in named.items()}


def _any_of(names: Sequence[str], at: str) -> Json:
    """One of several types; it has its own name, because generators make a better type of a named one.

    No body is of two of them. `anyOf` says the same as `oneOf` then, and Redocly, which does not see that the
    names of templates exclude each other, takes it.
    """
    return {
        "title": "RenderRequest",
        "description": "A composition, or a template with its fields.",
        "anyOf": [{"$ref": f"{at}{name}"} for name in names],
    }


def _published_common(fleets: Collection[str], targets: WebhookTargets) -> dict[str, Json]:
    scheme = "https" if targets is WebhookTargets.PUBLIC else "https?"
    fleet, url = _object(_COMMON["fleet"]), _object(_COMMON["webhook_url"])
    known: dict[str, Json] = {"enum": [*sorted(fleets)]} if fleets else {}
    return {
        "output": _COMMON["output"],
        "metadata": {
            **_object(_COMMON["metadata"]),
            "propertyNames": {"minLength": 1, "maxLength": LONGEST_NAME},
        },
        "priority": _COMMON["priority"],
        "fleet": {**fleet, "pattern": FLEET_PATTERN, **known},
        "webhook_url": {**url, "format": "uri", "pattern": f"^{scheme}://[!-~]+$"},
    }


def _published_submission(composition_type: Json, common: dict[str, Json]) -> dict[str, Json]:
    """The members of a submission of any kind."""
    of_template = _object(TEMPLATE_REQUEST["properties"])
    return {
        "composition": composition_type,
        "template": {**_object(of_template["template"]), "pattern": f"^{ANY_TEMPLATE_PATTERN}$"},
        "fields": of_template["fields"],
        **common,
    }


def _published_template(template: Template, common: dict[str, Json], at: str) -> Json:
    return {
        **TEMPLATE_REQUEST,
        "title": _type_name(template.name, "Request"),
        "description": f"A render of the template `{template.name}`. {template.description}",
        "properties": {
            "template": {"description": "The template.", "type": "string", "enum": [template.name]},
            "fields": {"$ref": f"{at}{_type_name(template.name, 'Fields')}"},
            **common,
        },
    }


def _published_own(common: dict[str, Json]) -> Json:
    return {
        **TEMPLATE_REQUEST,
        "title": "OwnTemplateRequest",
        "description": "A render of one of your own templates.",
        "properties": {
            "template": {
                "description": "Its name, for the newest version, or name and version: `promo@3`.",
                "type": "string",
                "pattern": f"^{REFERENCE_PATTERN}$",
                "not": {"enum": [*catalog()]},
            },
            "fields": {"description": "Fields of the template.", "type": "object"},
            **common,
        },
    }


def _published_fields(template: Template) -> Json:
    described = {"title": _type_name(template.name, "Fields"), "description": template.description}
    return {**described, **_object(_without_defaults(template.fields))}


def _without_defaults(schema: Json | Schema) -> Json:
    """Generators take a field with a default for one that is always there, and so must be sent."""
    if isinstance(schema, list):
        return [_without_defaults(inner) for inner in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {name: _without_defaults(inner) for name, inner in schema.items()}
    if isinstance(kept.get("type"), str) and "default" in kept:
        kept["description"] = f"{kept.get('description', '')} When absent: {kept.pop('default')}.".strip()
    return kept


def _type_name(template: str, suffix: str) -> str:
    return "".join(word.title() for word in template.replace(".", "-").split("-")) + suffix


def _with_new_references(schema: Json, at: str) -> Json:
    match schema:
        case {"$ref": str(reference)}:
            return {"$ref": f"{at}{reference.removeprefix('#/$defs/').title()}"}
        case dict():
            return {name: _with_new_references(inner, at) for name, inner in schema.items()}
        case list():
            return [_with_new_references(inner, at) for inner in schema]
    return schema


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object in a schema, found {value!r}")
    return value
