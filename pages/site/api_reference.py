"""The reference of the API as Markdown, made from the committed OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

# What `json.loads` returns for an object; every read of a member names the type that it needs.
Object: TypeAlias = Mapping[str, object]

DOCUMENT: Final = Path("handlers/job_server/openapi.json")
METHODS: Final = ("get", "put", "post", "delete", "patch")
LIMITS: Final = {
    "pattern": "matches `{}`",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "format": "format `{}`",
    "const": "always `{}`",
    "default": "`{}` when absent",
}


def reference(document: Object) -> str:
    """One section an operation, one a webhook, and one a schema, in the document's order."""
    lines = [
        f"# API reference: {_text(_object(document, 'info'), 'title')}",
        "",
        "Every operation, field and limit, for developers who call the API. [The API](api.md) explains them.",
        "",
        "Made from the OpenAPI document that the job server also serves as `GET /openapi.json`.",
        "",
        "## Operations",
        "",
    ]
    for path, operations in _object(document, "paths").items():
        for method in METHODS:
            if operation := _object(_as_object(operations), method):
                lines += _operation(f"{method.upper()} {path}", operation)
    lines += ["## Webhooks", ""]
    for name, operations in _object(document, "webhooks").items():
        lines += _operation(name, _object(_as_object(operations), "post"))
    lines += ["## Schemas", ""]
    for name, schema in _object(_object(document, "components"), "schemas").items():
        lines += _schema(name, _as_object(schema))
    return "\n".join(lines)


def read(root: Path) -> str:
    """The reference of the committed document."""
    return reference(json.loads((root / DOCUMENT).read_text()))


def _operation(title: str, operation: Object) -> Iterator[str]:
    sentences = (_text(operation, member).rstrip(".") for member in ("summary", "description"))
    yield from (f"### `{title}`", "", " ".join(f"{sentence}." for sentence in sentences if sentence), "")
    if parameters := [_as_object(one) for one in _list(operation, "parameters")]:
        yield from ("| Parameter | In | Type | Meaning |", "| --- | --- | --- | --- |")
        for one in parameters:
            name = f"`{_text(one, 'name')}`{' (required)' if one.get('required') else ''}"
            yield _row(
                name, _text(one, "in"), _type(_object(one, "schema")), _meaning(one, _object(one, "schema"))
            )
        yield ""
    for media, body in _object(_object(operation, "requestBody"), "content").items():
        yield from (f"Body, `{media}`: {_type(_object(_as_object(body), 'schema'))}.", "")
        yield from _examples(_as_object(body))
    yield from ("| Status | Answer | Body | Headers |", "| --- | --- | --- | --- |")
    for status, answer in _object(operation, "responses").items():
        bodies = [
            _type(_object(_as_object(one), "schema"))
            for one in _object(_as_object(answer), "content").values()
        ]
        headers = [
            f"`{name}`: {_text(_as_object(one), 'description')}"
            for name, one in _object(_as_object(answer), "headers").items()
        ]
        yield _row(status, _text(_as_object(answer), "description"), ", ".join(bodies), "; ".join(headers))
    yield ""


def _examples(body: Object) -> Iterator[str]:
    for name, example in _object(body, "examples").items():
        yield from (f"For example ({name}):", "", "```json")
        yield from json.dumps(_as_object(example).get("value"), indent=2).splitlines()
        yield from ("```", "")


def _schema(name: str, schema: Object) -> Iterator[str]:
    yield from (f"### {name}", "")
    if description := _text(schema, "description"):
        yield from (description.replace("\n", " "), "")
    if not (properties := _object(schema, "properties")):
        yield from (f"{_type(schema)} {_meaning({}, schema)}".strip(), "")
        return
    required = _list(schema, "required")
    yield from ("| Field | Type | Meaning |", "| --- | --- | --- |")
    for field, one in properties.items():
        marked = f"`{field}`{' (required)' if field in required else ''}"
        yield _row(marked, _type(_as_object(one)), _meaning(_as_object(one), _as_object(one)))
    yield ""


def _type(schema: Object) -> str:
    if reference := _text(schema, "$ref"):
        name = reference.rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for choice in ("anyOf", "oneOf", "allOf"):
        if options := _list(schema, choice):
            return " or ".join(_type(_as_object(one)) for one in options)
    if values := _list(schema, "enum"):
        return " or ".join(f"`{value}`" for value in values)
    kind = schema.get("type", "any")
    named = " or ".join(str(one) for one in kind) if isinstance(kind, list) else str(kind)
    return f"array of {_type(_object(schema, 'items'))}" if named == "array" else named


def _meaning(described: Object, schema: Object) -> str:
    limits = [text.format(schema[limit]) for limit, text in LIMITS.items() if limit in schema]
    return " ".join([_text(described, "description"), f"({'; '.join(limits)})" if limits else ""]).strip()


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;').replace(chr(10), ' ') for cell in cells)} |"


def _object(parent: Object, member: str) -> Object:
    return _as_object(parent.get(member, {}))


def _as_object(value: object) -> Object:
    return value if isinstance(value, Mapping) else {}


def _list(parent: Object, member: str) -> list[object]:
    value = parent.get(member, [])
    return value if isinstance(value, list) else []


def _text(parent: Object, member: str) -> str:
    value = parent.get(member, "")
    return value if isinstance(value, str) else ""
