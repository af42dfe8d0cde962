"""An engine's own schema of compositions is what the API checks, publishes and validates by."""

import json
from typing import TYPE_CHECKING

import pytest

from handlers.job_server.schemas.bodies import published
from handlers.job_server.schemas.engines import engines
from handlers.job_server.schemas.requests import RefusedError, RenderRequest, Rules, render_request
from handlers.jobs.json_schema.values import Json
from handlers.jobs.outgoing.webhook_urls import WebhookTargets

if TYPE_CHECKING:
    from handlers.jobs.outputs import Engines

ASSET = "a_01hf7yat00z3ghvhxwt0jccfah"
SCHEMA: dict[str, Json] = {
    "type": "object",
    "required": ["model"],
    "additionalProperties": False,
    "properties": {"model": {"$ref": "#/$defs/model"}, "angle": {"type": "number", "maximum": 360}},
    "$defs": {
        "model": {
            "type": "object",
            "properties": {"asset": {"oneOf": [{"type": "string"}, {"$ref": "#/$defs/link"}]}},
        },
        "link": {"type": "object", "properties": {"url": {"type": "string"}}},
    },
}


def told(schema: Json) -> "Engines":
    described = {"formats": ["mp4"], "features": ["poster"], "composition": schema}
    return engines(json.dumps({"gpu": described, "cpu": {"formats": ["mp4"], "features": []}}))


RULES = Rules(
    fleets=("cpu", "gpu"),
    default_fleet="cpu",
    webhook_targets=WebhookTargets.PUBLIC,
    engines=told(SCHEMA),
)


def submitted(composition: Json, fleet: str = "gpu", **more: Json) -> RenderRequest:
    return render_request({"composition": composition, "fleet": fleet, **more}, RULES)


def mistakes(composition: Json, fleet: str = "gpu") -> list[tuple[str, str]]:
    with pytest.raises(RefusedError) as caught:
        submitted(composition, fleet)
    return [(one.pointer, one.detail) for one in caught.value.findings]


def test_a_composition_of_the_engines_own_is_accepted_with_its_assets() -> None:
    wanted = submitted({"model": {"asset": ASSET}, "angle": 90}, output={"poster_at_s": 500})
    assert dict(wanted.assets) == {ASSET: ["/composition/model/asset"]}
    assert wanted.length is None, "only the engine knows"


def test_a_mistake_is_found_by_the_engines_own_schema() -> None:
    assert mistakes({"model": {}, "angle": 400}) == [("/composition/angle", "is 400; the maximum is 360")]
    assert mistakes({"version": 1})[0][0] == "/composition/model"


@pytest.mark.parametrize(
    ("asset", "pointer", "detail"),
    [
        ("../../etc/passwd", "/composition/model/asset", "which is not an asset id"),
        ({"url": "http://169.254.169.254/"}, "/composition/model/asset/url", "must begin with https://"),
    ],
)
def test_an_asset_is_an_asset_whatever_the_schema_allows(asset: Json, pointer: str, detail: str) -> None:
    (found,) = mistakes({"model": {"asset": asset}})
    assert found[0] == pointer
    assert detail in found[1]


def test_other_fleets_have_the_compositions_of_this_project() -> None:
    assert ("/composition/version", "is missing") in mistakes({"model": {}}, "cpu")


def test_a_template_makes_what_such_an_engine_does_not_take() -> None:
    with pytest.raises(RefusedError) as caught:
        render_request({"template": "title-card", "fields": {"title": "x"}, "fleet": "gpu"}, RULES)
    assert [one.pointer for one in caught.value.findings] == ["/template"]


def test_the_document_has_the_schema_under_names_of_its_own() -> None:
    schemas = published(RULES.fleets, RULES.webhook_targets, RULES.engines, "#/s/")
    own = schemas["CompositionOfGpu"]
    assert isinstance(own, dict)
    assert own["properties"] == {
        "model": {"$ref": "#/s/CompositionOfGpuModel"},
        "angle": {"type": "number", "maximum": 360},
    }
    assert "CompositionOfGpuLink" in schemas
    request = schemas["CompositionRequest"]
    assert isinstance(request, dict)
    assert isinstance(request["properties"], dict)
    either: Json = {"anyOf": [{"$ref": "#/s/Composition"}, {"$ref": "#/s/CompositionOfGpu"}]}
    assert request["properties"]["composition"] == either
    item = schemas["BatchItem"]
    assert isinstance(item, dict)
    assert isinstance(item["properties"], dict)
    assert item["properties"]["composition"] == either


def test_the_document_of_a_stack_without_other_engines_does_not_name_the_compositions_of_this_project() -> (
    None
):
    schemas = published({"gpu"}, RULES.webhook_targets, told(SCHEMA), "#/s/")
    assert "Composition" not in schemas
    assert '"#/s/Composition"' not in json.dumps(schemas)


@pytest.mark.parametrize(
    ("schema", "told_of"),
    [
        ({"type": "object", "patternProperties": {}}, "keyword 'patternProperties' is not supported"),
        ({"type": "tuple"}, 'type "tuple" is not supported'),
        ({"properties": {"a": {"type": ["string", "null"]}}}, "is not supported"),
        ({"properties": {"a": {"$ref": "#/$defs/b"}}}, "leads nowhere"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "leads to another reference"),
        ({"items": {"oneOf": [3]}}, "a schema is expected, not 3"),
        ([], "expected `composition` to be a JSON Schema, not an array"),
    ],
)
def test_a_schema_that_cannot_be_checked_by_is_refused_at_the_start(schema: Json, told_of: str) -> None:
    with pytest.raises(ValueError, match=r"composition|schema|type|keyword") as caught:
        told(schema)
    assert told_of in str(caught.value)
