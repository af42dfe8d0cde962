"""The models are those of the committed OpenAPI document."""

import json
from pathlib import Path
from typing import Any

import pytest
from clipit_client import batches, models, webhooks
from clipit_client.errors import BY_TYPE, PROBLEM
from clipit_client.models import Model

from handlers.job_server import problems
from handlers.job_server.problems import Kind

ROOT = Path(__file__).parents[4]
DOCUMENT = json.loads((ROOT / "handlers/job_server/openapi.json").read_text())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
ANSWERS: dict[str, type[Model]] = {
    "AcceptedView": models.Accepted,
    "AcceptedBatchView": batches.AcceptedBatch,
    "AssetView": models.Asset,
    "BatchCounts": batches.BatchCounts,
    "BatchLinks": batches.BatchLinks,
    "BatchView": batches.Batch,
    "DeliveryListView": models.DeliveryList,
    "DeliveryView": models.Delivery,
    "EventListView": models.EventList,
    "EventView": models.Event,
    "FailureView": models.Failure,
    "LengthView": models.Length,
    "HealthView": models.Health,
    "Links": models.Links,
    "OutputView": models.Output,
    "Problem": models.Problem,
    "ProblemDetail": models.ProblemDetail,
    "ProgressView": models.Progress,
    "RedeliveryView": models.Redelivery,
    "RenderListView": models.RenderList,
    "RenderView": models.Render,
    "TemplateListView": models.TemplateList,
    "OwnTemplateView": models.TemplateVersion,
    "TemplateView": models.Template,
    "UploadView": models.Upload,
    "UsageDayView": models.UsageDay,
    "UsageReportView": models.UsageReport,
    "UsageView": models.Usage,
    "FleetWaitsView": models.FleetWaits,
    "RemainingBasisView": models.RemainingBasis,
    "WaitingView": models.Waiting,
    "WarningView": models.Warned,
    "EndpointListView": models.WebhookEndpointList,
    "EndpointSecretView": models.WebhookEndpointSecret,
    "EndpointTestView": models.WebhookEndpointTest,
    "EndpointView": models.WebhookEndpoint,
    "TestRequestedView": models.WebhookEndpointTestRequested,
}
WEBHOOK = DOCUMENT["webhooks"]["renderEnded"]["post"]["requestBody"]["content"]["application/json"]["schema"]


def shape(schema: Any, names: dict[str, str]) -> object:
    """What a value may be: its JSON types, the models it refers to, and what its elements may be."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {names.get(name, "string")}
    if "anyOf" in schema:
        return set().union(*(shape(one, names) for one in schema["anyOf"]))  # type: ignore[arg-type]
    if schema.get("type") == "array":
        return {f"array of {shape(schema['items'], names)}"}
    if "const" in schema or "enum" in schema:
        return {"string"}
    return {schema["type"] + (f" {schema['format']}" if schema.get("format") else "")}


def shapes(schema: Any, names: dict[str, str]) -> dict[str, object]:
    return {name: shape(one, names) for name, one in schema["properties"].items()}


@pytest.mark.parametrize("view", ANSWERS)
def test_a_model_has_the_fields_of_its_schema_and_their_types(view: str) -> None:
    model = ANSWERS[view]
    ours = model.model_json_schema(mode="serialization")
    theirs = {name: one.__name__ for name, one in ANSWERS.items()}
    assert shapes(ours, {one.__name__: one.__name__ for one in ANSWERS.values()}) == shapes(
        SCHEMAS[view], theirs
    )


def test_every_answer_of_the_document_has_a_model() -> None:
    answers = {
        content["schema"]["$ref"].rpartition("/")[2]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
    }
    assert answers <= ANSWERS.keys()


def test_the_webhook_is_the_one_of_the_document() -> None:
    ours = webhooks.RenderEvent.model_json_schema()
    assert set(WEBHOOK["properties"]["type"]["enum"]) == webhooks.KNOWN
    assert set(ours["properties"]) == set(WEBHOOK["properties"])
    data = WEBHOOK["properties"]["data"]
    assert set(webhooks.EndedRender.model_fields) == set(data["properties"])
    needed = {name for name, one in webhooks.EndedRender.model_fields.items() if one.is_required()}
    assert needed == set(data["required"])


def test_every_type_of_problem_has_a_class_of_its_own() -> None:
    kinds = {one.name for one in vars(problems).values() if isinstance(one, Kind)}
    assert problems.document(problems.unavailable(""), "").type == f"{PROBLEM}unavailable"
    assert kinds - BY_TYPE.keys() == {problems.HTTP.name}
    assert BY_TYPE.keys() <= kinds
    assert len(set(BY_TYPE.values())) == len(BY_TYPE)


def test_fields_and_values_of_a_newer_server_are_kept_and_harmless() -> None:
    event = models.Event.model_validate(
        {
            "number": 1,
            "at": "2026-01-01T00:00:00Z",
            "kind": "paused",
            "actor": "a",
            "detail": "",
            "trace_id": "0",
            "priority": 3,
        }
    )
    assert (event.kind, event.model_extra) == ("paused", {"priority": 3})


def test_no_signed_link_is_shown() -> None:
    upload = models.Upload(
        method="PUT", url="https://b/x?X-Amz-Signature=s", headers={}, expires_at="2026-01-01T00:00:00Z"
    )  # type: ignore[arg-type]
    assert "Signature" not in repr(upload)
    assert "Signature" not in repr(models.Asset(id="a_1", upload=upload))
