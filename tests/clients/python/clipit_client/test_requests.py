"""The methods of the client take what the committed OpenAPI document says that the API takes."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from clipit_client import aio, batches, client

ROOT = Path(__file__).parents[4]
DOCUMENT: Any = json.loads((ROOT / "handlers/job_server/openapi.json").read_text())
PAIRS = [
    (client.Templates, aio.AsyncTemplates),
    (client.Client, aio.AsyncClient),
    (client.Renders, aio.AsyncRenders),
    (client.Assets, aio.AsyncAssets),
    (batches.Batches, batches.AsyncBatches),
]


def parameters(method: Any) -> set[str]:
    return set(inspect.signature(method).parameters) - {"self"}


def public(kind: type) -> dict[str, set[str]]:
    """The parameters of each public method."""
    methods = inspect.getmembers(kind, inspect.isfunction)
    return {name: parameters(method) for name, method in methods if not name.startswith("_")}


def properties(schema: Any) -> set[str]:
    """The names in a body, in each of its forms."""
    if "$ref" in schema:
        return properties(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    forms = [one for key in ("oneOf", "anyOf") for one in schema.get(key, ())]
    return set(schema.get("properties", ())).union(*(properties(one) for one in forms))


def body(path: str) -> set[str]:
    content = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return properties(content["schema"])


def test_a_submission_and_its_check_take_each_field_of_the_body() -> None:
    assert parameters(client.Renders.create) == body("/v1/renders") | {"idempotency_key"}
    assert parameters(client.Renders.validate) == body("/v1/renders/validate")


def test_a_list_takes_each_filter_and_keeps_the_cursor_to_itself() -> None:
    query = {one["name"] for one in DOCUMENT["paths"]["/v1/renders"]["get"]["parameters"]}
    assert parameters(client.Renders.list) == query - {"cursor"}


def test_each_operation_of_the_document_is_a_method() -> None:
    methods = {
        ("/v1/assets", "post"): client.Assets.upload,
        ("/v1/assets/{asset_id}", "delete"): client.Assets.delete,
        ("/v1/batches", "post"): batches.Batches.create,
        ("/v1/batches/{batch_id}", "get"): batches.Batches.get,
        ("/v1/renders", "get"): client.Renders.list,
        ("/v1/renders", "post"): client.Renders.create,
        ("/healthz", "get"): client.Client.health,
        ("/v1/renders/validate", "post"): client.Renders.validate,
        ("/v1/renders/{render_id}", "get"): client.Renders.get,
        ("/v1/renders/{render_id}", "delete"): client.Renders.delete,
        ("/v1/renders/{render_id}/cancel", "post"): client.Renders.cancel,
        ("/v1/renders/{render_id}/deliveries", "get"): client.Renders.deliveries,
        ("/v1/renders/{render_id}/events", "get"): client.Renders.events,
        ("/v1/templates", "get"): client.Templates.list,
        ("/v1/usage", "get"): client.Client.usage,
        ("/v1/templates/{name}", "delete"): client.Templates.delete,
        ("/v1/templates/{name}", "get"): client.Templates.get,
        ("/v1/templates/{name}", "put"): client.Templates.put,
    }
    operations = {(path, method) for path, found in DOCUMENT["paths"].items() for method in found}
    assert operations == methods.keys()


@pytest.mark.parametrize(("blocking", "asyncio"), PAIRS)
def test_both_clients_have_the_same_methods_with_the_same_parameters(blocking: Any, asyncio: Any) -> None:
    ours, theirs = (public(kind) for kind in (blocking, asyncio))
    assert ours
    assert ours == theirs
    assert parameters(blocking.__init__) == parameters(asyncio.__init__)
