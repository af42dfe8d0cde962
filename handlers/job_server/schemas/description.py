"""Completes the OpenAPI document with what the framework cannot see: bodies, problems, webhooks, examples."""

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from typing import cast

from fastapi import FastAPI

from handlers.job_server import problems
from handlers.job_server.edge.scopes import needed
from handlers.job_server.problems import MEDIA_TYPE, Kind, ProblemDocument
from handlers.job_server.schemas import bodies, examples
from handlers.job_server.schemas.bodies import REFERENCE_PATTERN
from handlers.job_server.schemas.requests import Rules
from handlers.job_server.schemas.webhook import WebhookEvent
from handlers.jobs.ids import ASSET_ID, BATCH_ID, JOB_ID
from handlers.jobs.schema_check import Json
from handlers.jobs.store.customers.listing import CURSOR

_SCHEMAS = "#/components/schemas/"
_ALWAYS = (problems.MALFORMED_REQUEST, problems.INTERNAL, problems.UNAVAILABLE)
_BODY = (
    problems.MALFORMED_JSON,
    problems.TOO_SLOW,
    problems.TOO_LARGE,
    problems.UNSUPPORTED_MEDIA,
    problems.INVALID,
)
_OF_SOMEBODY = (problems.UNAUTHORIZED, problems.INSUFFICIENT_SCOPE, problems.RATE_EXCEEDED)
_OF_ONE = (*_OF_SOMEBODY, problems.NOT_FOUND)
PROBLEMS: Mapping[str, tuple[Kind, ...]] = {
    "submitRender": (*_OF_SOMEBODY, *_BODY, problems.KEY_REUSED, problems.QUEUE_FULL, *_ALWAYS),
    "submitBatch": (
        *_OF_SOMEBODY,
        *_BODY,
        problems.KEY_REUSED,
        problems.QUEUE_FULL,
        *_ALWAYS,
    ),
    "getBatch": (*_OF_ONE, *_ALWAYS),
    "validateRender": (*_OF_SOMEBODY, *_BODY, *_ALWAYS),
    "listRenders": (*_OF_SOMEBODY, problems.INVALID, *_ALWAYS),
    "getRender": (*_OF_ONE, problems.INVALID, *_ALWAYS),
    "cancelRender": (*_OF_ONE, problems.JOB_FINAL, *_ALWAYS),
    "deleteRender": (*_OF_ONE, problems.JOB_NOT_FINAL, *_ALWAYS),
    "listEvents": (*_OF_ONE, *_ALWAYS),
    "listDeliveries": (*_OF_ONE, *_ALWAYS),
    "deleteAsset": (*_OF_ONE, *_ALWAYS),
    "announceAsset": (*_OF_SOMEBODY, *_BODY, *_ALWAYS),
    "listTemplates": (*_OF_SOMEBODY, *_ALWAYS),
    "getTemplate": (*_OF_ONE, *_ALWAYS),
    "putTemplate": (
        *_OF_SOMEBODY,
        *_BODY,
        problems.TOO_MANY_TEMPLATES,
        problems.OTHER_VERSION,
        *_ALWAYS,
    ),
    "deleteTemplate": (*_OF_ONE, problems.OTHER_VERSION, problems.INVALID, *_ALWAYS),
    "getUsage": (*_OF_SOMEBODY, problems.INVALID, *_ALWAYS),
    "health": (problems.MALFORMED_REQUEST,),
}
"""The problems that each operation may return."""

_BODIES: Mapping[str, str] = {
    "submitRender": "RenderRequest",
    "submitBatch": "BatchRequest",
    "validateRender": "RenderRequest",
    "announceAsset": "AssetRequest",
    "putTemplate": "TemplateDefinition",
}
_KEY_PARAMETER: dict[str, Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes retries safe: the same key and body give the same render for 24 hours.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "example": examples.IDEMPOTENCY_KEY,
}
_BATCH_KEY_PARAMETER: Json = {
    **_KEY_PARAMETER,
    "required": True,
    "description": "The same key and body go on with the same batch for 24 hours.",
}
_KEY_PARAMETERS: Mapping[str, Json] = {
    "submitRender": _KEY_PARAMETER,
    "submitBatch": _BATCH_KEY_PARAMETER,
}
_ACCEPTED_HEADERS: Json = {
    "Location": {"description": "URL of the render, or of the batch.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "`true` when earlier requests created the render, or the whole batch.",
        "schema": {"type": "string"},
    },
}
_TEMPLATE_TAGS: Json = {"ETag": {"description": "The version, quoted.", "schema": {"type": "string"}}}
_CONDITIONS: Mapping[str, tuple[str, str]] = {
    "If-Match": ("Only if this is still the newest version: its `ETag`.", '^"?[1-9][0-9]{0,5}"?$'),
    "If-None-Match": ("Only if there is no such template.", r"^\*$"),
}
_PATTERNS: Mapping[str, tuple[str, str]] = {
    "name": (REFERENCE_PATTERN, examples.TEMPLATE),
    "render_id": (JOB_ID.pattern, examples.RENDER),
    "batch_id": (BATCH_ID.pattern, examples.BATCH),
    "asset_id": (ASSET_ID.pattern, examples.ASSET),
    "cursor": (CURSOR.pattern, examples.CURSOR),
}
_WEBHOOK_HEADERS: Mapping[str, str] = {
    "webhook-id": "Id of this message; a repeated delivery has the same id.",
    "webhook-timestamp": "When it was sent, in seconds since 1970.",
    "webhook-signature": "Signatures of id, timestamp and body, as Standard Webhooks describes them.",
}


def describe(app: FastAPI, rules: Rules) -> None:
    """Make `app.openapi()`, and so /openapi.json, complete."""
    framework = app.openapi

    def openapi() -> dict[str, object]:
        if not app.openapi_schema:
            document = cast("dict[str, Json]", framework())
            app.openapi_schema = cast("dict[str, object]", complete(document, rules))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def complete(document: dict[str, Json], rules: Rules) -> dict[str, Json]:
    """The framework's document, completed."""
    schemas = _object(_object(document["components"])["schemas"])
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = ProblemDocument.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
    schemas.update({**problem.pop("$defs"), "Problem": problem})
    schemas.update(bodies.published(rules.fleets, rules.webhook_targets, rules.engines, _SCHEMAS))
    for path, operations in _object(document["paths"]).items():
        for method, operation in _object(operations).items():
            _complete_operation(_object(operation))
            _say_scope(_object(operation), method.upper())
            _object(operation)["tags"] = [path.split("/")[2] if path.startswith("/v1/") else "health"]
    document["webhooks"] = {"renderEnded": {"post": _webhook()}}
    return document


def _complete_operation(operation: dict[str, Json]) -> None:
    name = str(operation["operationId"])
    responses = _object(operation["responses"])
    responses.pop("422", None)
    for success in (one for one in map(_object, responses.values()) if "content" in one):
        _object(_object(success["content"])["application/json"])["examples"] = examples.answer(name)
    for status, kinds in groupby(sorted(PROBLEMS[name], key=_status), key=_status):
        responses[str(int(status))] = _problem(list(kinds))
    parameters = operation.get("parameters")
    for parameter in map(_object, parameters if isinstance(parameters, list) else []):
        _complete_parameter(parameter)
    if name in _BODIES:
        operation["requestBody"] = _body(name)
    if name in _KEY_PARAMETERS:
        operation["parameters"] = [_KEY_PARAMETERS[name]]
        _object(responses["202"])["headers"] = _ACCEPTED_HEADERS
    if name in {"putTemplate", "getTemplate"}:
        _object(responses["200"])["headers"] = _TEMPLATE_TAGS
    if name in {"putTemplate", "deleteTemplate"} and isinstance(parameters, list):
        headers = _CONDITIONS if name == "putTemplate" else ["If-Match"]
        parameters.extend(_condition(header) for header in headers)
    operation.setdefault("security", [])


def _condition(header: str) -> Json:
    description, pattern = _CONDITIONS[header]
    return {
        "name": header,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string", "pattern": pattern},
        "example": "*" if header == "If-None-Match" else '"3"',
    }


def _say_scope(operation: dict[str, Json], method: str) -> None:
    """Name the scope that the operation needs, for programs and in words.

    OpenAPI 3.1 would let a security requirement name it as a role; linters take those for OAuth's scopes.
    """
    if operation["security"]:
        scope = needed(str(operation["operationId"]), method)
        operation["x-required-scope"] = scope.value
        operation["description"] = f"{operation['description']}\n\nNeeds a key with the scope `{scope}`."


def _complete_parameter(parameter: dict[str, Json]) -> None:
    """Describe absent fields and text formats as the server sends them."""
    schema = _object(parameter["schema"])
    choices = schema.pop("anyOf", None)
    schema.update(_object(choices[0]) if isinstance(choices, list) else {})
    schema.pop("title", None)
    schema.pop("description", None)
    if parameter["name"] in _PATTERNS:
        pattern, parameter["example"] = _PATTERNS[str(parameter["name"])]
        schema["pattern"] = f"^{pattern}$"


def _body(operation: str) -> dict[str, Json]:
    schema: Json = {"$ref": f"{_SCHEMAS}{_BODIES[operation]}"}
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "examples": examples.request(operation)}},
    }


def _problem(kinds: list[Kind]) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "description": "; ".join(kind.title for kind in kinds) + ".",
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}, "examples": examples.problem(kinds)}
        },
    }
    if {problems.QUEUE_FULL, problems.RATE_EXCEEDED, problems.UNAVAILABLE} & set(kinds):
        answer["headers"] = {
            "Retry-After": {
                "description": "Seconds to wait before trying again.",
                "schema": {"type": "integer"},
            },
        }
    return answer


def _webhook() -> dict[str, Json]:
    return {
        "operationId": "renderEnded",
        "summary": "A render has ended",
        "description": "Sent to the render's `webhook_url`, and again until it is answered with 2xx or 410.",
        "tags": ["renders"],
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": text,
                "schema": {"type": "string"},
            }
            for name, text in _WEBHOOK_HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _event(),
                    "examples": examples.webhook(),
                }
            },
        },
        "responses": {
            "2XX": {"description": "Received; it is not sent again."},
            "410": {"description": "The receiver is gone; it is not sent again."},
        },
    }


def _event() -> Json:
    """With its parts in place: generators leave out what only a webhook refers to."""
    schema = WebhookEvent.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
    _object(schema["properties"])["data"] = _object(schema.pop("$defs"))["WebhookRender"]
    return cast("Json", schema)


_status = attrgetter("status")


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object in the OpenAPI document, found {value!r}")
    return value
