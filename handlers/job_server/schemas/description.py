"""Completes the OpenAPI document with what the framework cannot see: request bodies, problems, headers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from handlers.job_server.problems import MEDIA_TYPE, ProblemDocument
from handlers.job_server.schemas.requests import ASSET_REQUEST, COMPOSITION_REQUEST, TEMPLATE_REQUEST
from handlers.jobs import composition
from handlers.jobs.ids import JOB_ID
from handlers.jobs.schema_check import Json

_SCHEMAS = "#/components/schemas/"
_PROBLEMS: Mapping[str, tuple[int, ...]] = {
    "submitRender": (400, 401, 408, 409, 413, 415, 422, 429, 503),
    "listRenders": (401, 422, 503),
    "getRender": (401, 404, 503),
    "cancelRender": (401, 404, 409, 503),
    "listEvents": (401, 404, 503),
    "listDeliveries": (401, 404, 503),
    "announceAsset": (400, 401, 408, 413, 415, 422, 503),
    "listTemplates": (401, 503),
    "health": (),
    "readiness": (503,),
}
_BODIES: Mapping[str, Json] = {
    "submitRender": {
        "oneOf": [{"$ref": f"{_SCHEMAS}CompositionRequest"}, {"$ref": f"{_SCHEMAS}TemplateRequest"}]
    },
    "announceAsset": {"$ref": f"{_SCHEMAS}AssetRequest"},
}
_KEY_PARAMETER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes repetition safe: the same key and body give the same answer for 24 hours.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}


def describe(app: FastAPI) -> None:
    """Make `app.openapi()`, and so /openapi.json, tell all."""

    def openapi() -> dict[str, object]:
        if not app.openapi_schema:
            document = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            app.openapi_schema = cast("dict[str, object]", complete(document))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def complete(document: dict[str, Json]) -> dict[str, Json]:
    """The framework's document with everything that it lacks."""
    schemas = _object(_object(document["components"])["schemas"])
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas.update(_our_schemas())
    for path in _object(document["paths"]).values():
        for operation in _object(path).values():
            _complete_operation(_object(operation))
    return document


def _complete_operation(operation: dict[str, Json]) -> None:
    name = str(operation["operationId"])
    responses = _object(operation["responses"])
    responses.pop("422", None)
    for status in _PROBLEMS[name]:
        responses[str(status)] = _problem(status)
    parameters = operation.get("parameters")
    for parameter in parameters if isinstance(parameters, list) else []:
        if isinstance(parameter, dict) and parameter["name"] == "render_id":
            _object(parameter["schema"])["pattern"] = f"^{JOB_ID.pattern}$"
    if name in _BODIES:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _BODIES[name]}},
        }
    if name == "submitRender":
        operation["parameters"] = [_KEY_PARAMETER]
        _object(responses["202"])["headers"] = {
            "Location": {"description": "Where the render is.", "schema": {"type": "string"}},
            "Idempotent-Replayed": {
                "description": "`true` when an earlier request had made the render.",
                "schema": {"type": "string"},
            },
        }


def _problem(status: int) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}},
    }
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        answer["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
        }
    return answer


def _our_schemas() -> dict[str, Json]:
    problem = ProblemDocument.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
    whole = dict(composition.schema())
    parts = _object(whole.pop("$defs"))
    whole.pop("$schema")
    request = {**COMPOSITION_REQUEST, "properties": {**_object(COMPOSITION_REQUEST["properties"])}}
    _object(request["properties"])["composition"] = {"$ref": f"{_SCHEMAS}Composition"}
    return {
        **cast("dict[str, Json]", problem.pop("$defs")),
        "Problem": problem,
        "Composition": _with_new_references(whole),
        **{f"Composition{name.title()}": _with_new_references(part) for name, part in parts.items()},
        "CompositionRequest": request,
        "TemplateRequest": TEMPLATE_REQUEST,
        "AssetRequest": ASSET_REQUEST,
    }


def _with_new_references(schema: Json) -> Json:
    match schema:
        case {"$ref": str(reference)}:
            return {"$ref": f"{_SCHEMAS}Composition{reference.removeprefix('#/$defs/').title()}"}
        case dict():
            return {name: _with_new_references(inner) for name, inner in schema.items()}
        case list():
            return [_with_new_references(inner) for inner in schema]
    return schema


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object in the OpenAPI document, found {value!r}")
    return value
