"""The OpenAPI document: committed, complete, and true of the server."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from handlers.job_server import problems
from handlers.job_server.schemas import examples, openapi
from handlers.job_server.schemas.description import PROBLEMS
from handlers.jobs.json_schema.values import Json
from tests.handlers.job_server.fakes import World
from tests.handlers.job_server.schemas.known import Known
from tests.handlers.jobs.test_templates import LEAST, MOST

EXAMPLES = 12
BEYOND_SCHEMA = {
    *("changeWebhookEndpoint", "createWebhookEndpoint", "deleteTemplate", "getUsage", "listRenders"),
    *("putTemplate", "submitBatch", "submitRender", "validateRender"),
}
"""Here a request may fit its schema and still be wrong: a scene shorter than a frame, a host of a home, a
span of time that ends before it begins, an item of a batch that lacks what nobody shares, a template of
another version."""


def test_the_committed_document_is_what_the_server_gives_out() -> None:
    assert openapi.COMMITTED.read_text("utf-8") == openapi.document(), (
        "run `python -m handlers.job_server.schemas.openapi` and commit what changes"
    )


def test_the_document_names_every_operation_and_answers_without_a_key(world: World) -> None:
    world.http.headers.pop("Authorization")
    document = world.http.get("/openapi.json").json()
    names = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert names == PROBLEMS.keys()
    assert document["openapi"].startswith("3.1")


def test_every_reference_in_the_document_leads_somewhere() -> None:
    document = json.loads(openapi.document())
    references = [found.split("/")[-1] for found in _references(document)]
    assert references
    assert set(references) == document["components"]["schemas"].keys(), "and to all that there is"


def test_every_request_answer_and_webhook_has_examples_that_fit_their_schemas() -> None:
    document = json.loads(openapi.document())
    contents = list(_contents(document))
    assert len(contents) > 3 * len(PROBLEMS)
    for content in contents:
        # Pydantic refuses what does not fit; for schemas written by hand this does.
        validator = jsonschema.Draft202012Validator(
            {**content["schema"], "components": document["components"]},
            format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
        )
        assert content["examples"]
        for example in content["examples"].values():
            validator.validate(example["value"])


def test_the_examples_of_requests_are_accepted(world: World) -> None:
    taken: list[str] = []
    made: dict[str, str] = {}
    for path, operations in json.loads(openapi.document())["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            shown = {one["name"]: one.get("example") for one in operation.get("parameters", ())}
            url = path.format(**shown | made)
            for example in content.get("examples", {}).values():
                key = {"Idempotency-Key": f"example-{len(taken)}"}
                answer = world.http.request(method, url, json=example["value"], headers=key)
                assert answer.status_code in {200, 201, 202}, (path, answer.text)
                taken.append(operation["operationId"])
                if operation["operationId"] == "createWebhookEndpoint":
                    made["endpoint_id"] = answer.json()["webhook_endpoint"]["id"]
    assert set(taken) == examples.REQUESTS.keys()


def test_what_a_browser_sends_first_is_no_request_that_somebody_has_sent_before() -> None:
    """A page fills in the examples of parameters, and the first of the bodies."""
    for path in json.loads(openapi.document())["paths"].values():
        for operation in path.values():
            keys = [one for one in operation.get("parameters", ()) if one["name"] == "Idempotency-Key"]
            assert not [one for one in keys if "example" in one or "examples" in one]


def test_every_kind_of_problem_has_an_example_with_its_own_status() -> None:
    document = json.loads(openapi.document())
    seen = {
        (example["value"]["type"], example["value"]["status"], status)
        for path in document["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        for example in answer.get("content", {}).get(problems.MEDIA_TYPE, {}).get("examples", {}).values()
    }
    assert all(int(status) == told for _, told, status in seen)
    kinds = {one for one in vars(problems).values() if isinstance(one, problems.Kind)}
    assert {kind for kind, _, _ in seen} == {
        f"urn:clip-it:problem:{kind.name}" for kind in kinds - {problems.HTTP, problems.METHOD_NOT_ALLOWED}
    }


@pytest.mark.short_form(1)
@pytest.mark.parametrize("name", LEAST)
@pytest.mark.parametrize("fields", [LEAST, MOST], ids=["least", "most"])
def test_the_types_of_a_template_are_as_strict_as_the_server(
    world: World, name: str, fields: dict[str, dict[str, Json]]
) -> None:
    document = json.loads(openapi.document())
    schema = {"$ref": "#/components/schemas/RenderRequest", "components": document["components"]}
    fits = jsonschema.Draft202012Validator(schema).is_valid
    assert fits({"template": name, "fields": fields[name]})
    for wrong in (
        {"template": "No such template", "fields": fields[name]},
        {"template": name, "fields": {**fields[name], "titel": "x"}},
        {"template": name, "fields": {}},
        {"template": name, "fields": fields[name], "fleet": "CPU"},
        {"template": name, "fields": fields[name], "fleet": ""},
        {"template": name, "fields": fields[name], "webhook_url": "ftp://example.com"},
        {"template": name, "fields": fields[name], "webhook_url": "https://exa mple.com"},
    ):
        assert not fits(wrong)
        assert world.submit(wrong).status_code == 422


@pytest.mark.parametrize("name", [*LEAST, "promo", "promo@1"])
def test_an_item_of_a_batch_may_name_any_template_that_a_submission_may(name: str) -> None:
    document = json.loads(openapi.document())
    schema = {"$ref": "#/components/schemas/BatchRequest", "components": document["components"]}
    fits = jsonschema.Draft202012Validator(schema).is_valid
    item = {"template": name, "fields": LEAST.get(name, {})}
    assert fits({"items": [item]})
    assert fits({"shared": {"template": name}, "items": [{"fields": item["fields"]}]})
    assert not fits({"items": [{**item, "template": f"{name}@0"}]})


def test_a_choice_of_a_submission_excludes_the_others() -> None:
    """So a type made of all of them says no less than `oneOf` would."""
    document = json.loads(openapi.document())
    choices = document["components"]["schemas"]["RenderRequest"]["anyOf"]
    fits = [
        jsonschema.Draft202012Validator({**one, "components": document["components"]}).is_valid
        for one in choices
    ]
    composition = {"composition": examples.COMPOSITION}
    for body in (composition, *({"template": name, "fields": MOST[name]} for name in MOST)):
        assert sum(fit(body) for fit in fits) == 1
    assert [fit({"template": "promo@3", "fields": {}}) for fit in fits].count(True) == 1
    assert not any(fit({**composition, "template": "promo", "fields": {}}) for fit in fits)


def test_a_stacks_own_document_lists_its_fleets(world: World) -> None:
    schemas = world.http.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["CompositionRequest"]["properties"]["fleet"]["enum"] == ["cpu", "gpu"]
    committed = json.loads(openapi.document())["components"]["schemas"]
    assert "enum" not in committed["CompositionRequest"]["properties"]["fleet"]


def test_no_field_of_a_request_has_a_default_that_a_generated_type_would_demand() -> None:
    schemas = json.loads(openapi.document())["components"]["schemas"]
    requests = [
        name for name in schemas if name.endswith(("Request", "Fields")) or name[:11] == "Composition"
    ]
    assert len(requests) > 8
    assert not [name for name in requests if '"default"' in json.dumps(schemas[name])]


@pytest.mark.short_form(5)
@pytest.mark.parametrize("operation", sorted(PROBLEMS))
def test_the_server_does_what_the_document_says(world: World, operation: str) -> None:
    """Generated requests, right and wrong; the answer's status, headers and body must be documented."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.http.app)
    tested = schema.find_operation_by_id(operation)
    ids = Known(world).ids(operation)

    @seed(20260103)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=tested.as_strategy(), known=st.booleans())
    def conforms(case: Any, known: bool) -> None:
        for name, one in ids.items():
            if known and name in (case.path_parameters or {}):
                case.path_parameters[name] = one
        case.call_and_validate(
            headers={"Authorization": world.http.headers["Authorization"]},
            excluded_checks=[schemathesis.checks.positive_data_acceptance]
            if operation in BEYOND_SCHEMA
            else [],
        )

    conforms()


def _contents(value: object) -> Iterator[dict[str, Any]]:
    """Every media type object."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in {"application/json", problems.MEDIA_TYPE}:
                yield inner
            else:
                yield from _contents(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _contents(inner)


def _references(value: object) -> list[str]:
    match value:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [found for inner in value.values() for found in _references(inner)]
        case list():
            return [found for inner in value for found in _references(inner)]
    return []
