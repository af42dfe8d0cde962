"""Completes the OpenAPI document with what the framework cannot see: bodies, problems, webhooks, examples."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Final, cast

from fastapi import FastAPI

from handlers.job_server import problems
from handlers.job_server.edge.scopes import needed
from handlers.job_server.problems import MEDIA_TYPE, Kind, ProblemDocument
from handlers.job_server.schemas import bodies, examples
from handlers.job_server.schemas.bodies import ANY_TEMPLATE_PATTERN
from handlers.job_server.schemas.requests import Rules
from handlers.job_server.schemas.webhook import EndpointTestEvent, Sent, WebhookEvent
from handlers.job_server.webhook_endpoints.examples import ENDPOINT
from handlers.jobs.ids import ASSET_ID, BATCH_ID, ENDPOINT_ID, JOB_ID
from handlers.jobs.json_schema.values import Json
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
        problems.NOT_FOUND,
        problems.KEY_REUSED,
        problems.QUEUE_FULL,
        *_ALWAYS,
    ),
    "getBatch": (*_OF_ONE, problems.INVALID, *_ALWAYS),
    "validateRender": (*_OF_SOMEBODY, *_BODY, *_ALWAYS),
    "listRenders": (*_OF_SOMEBODY, problems.INVALID, *_ALWAYS),
    "getRender": (*_OF_ONE, problems.INVALID, *_ALWAYS),
    "cancelRender": (*_OF_ONE, problems.JOB_FINAL, *_ALWAYS),
    "deleteRender": (*_OF_ONE, problems.JOB_NOT_FINAL, *_ALWAYS),
    "listEvents": (*_OF_ONE, problems.INVALID, *_ALWAYS),
    "listDeliveries": (*_OF_ONE, problems.INVALID, *_ALWAYS),
    "deleteAsset": (*_OF_ONE, *_ALWAYS),
    "redeliverWebhook": (
        *_OF_ONE,
        problems.INVALID,
        problems.JOB_NOT_FINAL,
        problems.NO_WEBHOOK,
        *_ALWAYS,
    ),
    "createWebhookEndpoint": (
        *_OF_SOMEBODY,
        *_BODY,
        problems.KEY_REUSED,
        problems.ENDPOINTS_FULL,
        *_ALWAYS,
    ),
    "listWebhookEndpoints": (*_OF_SOMEBODY, problems.INVALID, *_ALWAYS),
    "getWebhookEndpoint": (*_OF_ONE, problems.INVALID, *_ALWAYS),
    "changeWebhookEndpoint": (*_OF_ONE, *_BODY, *_ALWAYS),
    "deleteWebhookEndpoint": (*_OF_ONE, *_ALWAYS),
    "rotateWebhookSecret": (*_OF_ONE, problems.INVALID, problems.ROTATION_UNDER_WAY, *_ALWAYS),
    "testWebhookEndpoint": (*_OF_ONE, problems.INVALID, *_ALWAYS),
    "announceAsset": (*_OF_SOMEBODY, *_BODY, *_ALWAYS),
    "listTemplates": (*_OF_SOMEBODY, problems.INVALID, *_ALWAYS),
    "getTemplate": (*_OF_ONE, problems.INVALID, *_ALWAYS),
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
    "createWebhookEndpoint": "WebhookEndpointRequest",
    "changeWebhookEndpoint": "WebhookEndpointChange",
    "putTemplate": "TemplateDefinition",
}
_SAFE_TO_REPEAT: Mapping[str, str] = {
    "submitRender": "the same key and body give the same render",
    "submitBatch": "the same key and body go on with the same batch",
    "redeliverWebhook": "the same key gives one delivery of a render",
    "createWebhookEndpoint": "the same key and body give the same endpoint and secret",
    "rotateWebhookSecret": "the same key gives the same secret",
    "testWebhookEndpoint": "the same key gives one test of an endpoint",
}
"""What an idempotency key does, by the operations that take one."""
_LOCATION: dict[str, Json] = {"Location": {"description": "Its URL.", "schema": {"type": "string"}}}
_NEEDS_KEY = ("submitBatch",)
_LOCATED = ("submitRender", "submitBatch", "createWebhookEndpoint")
_SILENT = ("testWebhookEndpoint",)
"""Operations that do not say whether an earlier request had the same effect."""
_REPLAYED: dict[str, Json] = {
    "Idempotent-Replayed": {
        "description": "`true` when an earlier request had the same effect.",
        "schema": {"type": "string"},
    },
}
_TEMPLATE_TAGS: Json = {"ETag": {"description": "The version, quoted.", "schema": {"type": "string"}}}
_TAG: Final = '(W/)?"?[1-9][0-9]{0,5}"?'
_CONDITIONS: Mapping[str, tuple[str, str]] = {
    "If-Match": (
        "Only if this is still the newest version: its `ETag`, a list of which one is that, or `*` for any.",
        rf"^(\*|{_TAG}( *, *{_TAG})*)$",
    ),
    "If-None-Match": ("Only if there is no such template.", r"^\*$"),
}
_PATTERNS: Mapping[str, tuple[str, str]] = {
    "name": (ANY_TEMPLATE_PATTERN, examples.TEMPLATE),
    "render_id": (JOB_ID.pattern, examples.RENDER),
    "batch_id": (BATCH_ID.pattern, examples.BATCH),
    "asset_id": (ASSET_ID.pattern, examples.ASSET),
    "endpoint_id": (ENDPOINT_ID.pattern, ENDPOINT),
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
    document["webhooks"] = {"renderEnded": {"post": _webhook()}, "endpointTest": {"post": _test()}}
    _leave_out_unused(document, schemas)
    return document


def _leave_out_unused(document: dict[str, Json], schemas: dict[str, Json]) -> None:
    """The framework publishes the enumerations of open sets, which the document has as plain texts."""
    while unused := schemas.keys() - {*_names_referred_to(document)}:
        for name in unused:
            del schemas[name]


def _names_referred_to(part: Json) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference.removeprefix(_SCHEMAS)
        case dict():
            for inner in part.values():
                yield from _names_referred_to(inner)
        case list():
            for inner in part:
                yield from _names_referred_to(inner)


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
    if name in _SAFE_TO_REPEAT:
        others = parameters if isinstance(parameters, list) else []
        operation["parameters"] = [*others, _key_parameter(name)]
        located = _LOCATION if name in _LOCATED else {}
        replayed = {} if name in _SILENT else _REPLAYED
        success = next(_object(one) for status, one in responses.items() if status.startswith("2"))
        success["headers"] = {**located, **replayed}
    if name in {"putTemplate", "getTemplate"}:
        _object(responses["200"])["headers"] = _TEMPLATE_TAGS
    if name in {"putTemplate", "deleteTemplate"} and isinstance(parameters, list):
        parameters.extend(_condition(header) for header in _CONDITIONS)
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


def _key_parameter(operation: str) -> Json:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": operation in _NEEDS_KEY,
        "description": f"Makes retries safe: {_SAFE_TO_REPEAT[operation]} for 24 hours. "
        "Your own for each request, such as the number of an order.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    }


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
        **_sent(_event(), examples.webhook()),
        "operationId": "renderEnded",
        "summary": "A render has ended",
        "description": "Sent to the render's `webhook_url`, or to your webhook endpoints if it has none, and "
        "again until it is answered with 2xx or 410.",
        "tags": ["renders"],
    }


def _test() -> dict[str, Json]:
    schema = _with_parts(EndpointTestEvent, "data", "TestedEndpoint")
    return {
        **_sent(schema, {"test": {"value": examples.test_event()}}),
        "operationId": "endpointTest",
        "summary": "A test of a webhook endpoint",
        "description": "Sent once when you ask for it.",
        "tags": ["webhook-endpoints"],
    }


def _sent(schema: Json, shown: Json) -> dict[str, Json]:
    return {
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
                    "schema": schema,
                    "examples": shown,
                }
            },
        },
        "responses": {
            "2XX": {"description": "Received; it is not sent again."},
            "410": {"description": "The receiver is gone; it is not sent again."},
        },
    }


def _event() -> Json:
    return _with_parts(WebhookEvent, "data", "WebhookRender")


def _with_parts(event: type[Sent], field: str, part: str) -> Json:
    """With its parts in place: generators leave out what only a webhook refers to."""
    schema = event.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
    _object(schema["properties"])[field] = _object(schema.pop("$defs"))[part]
    return cast("Json", schema)


_status = attrgetter("status")


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object in the OpenAPI document, found {value!r}")
    return value
