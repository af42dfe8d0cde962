"""The OpenAPI document: committed, complete, and true of the server."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from handlers.job_server.schemas import openapi
from handlers.job_server.schemas.description import _PROBLEMS
from tests.handlers.job_server.fakes import World

EXAMPLES = 12
BEYOND_SCHEMA = {"listRenders", "submitRender"}
"""Here a request may fit its schema and still be wrong: a scene shorter than a frame, a strange cursor."""


def test_the_committed_document_is_what_the_server_gives_out() -> None:
    assert openapi.COMMITTED.read_text("utf-8") == openapi.document(), (
        "run `python -m handlers.job_server.schemas.openapi` and commit what changes"
    )


def test_the_document_names_every_operation_and_answers_without_a_key(world: World) -> None:
    world.http.headers.pop("Authorization")
    document = world.http.get("/openapi.json").json()
    names = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert names == _PROBLEMS.keys()
    assert document["openapi"].startswith("3.1")


def test_every_reference_in_the_document_leads_somewhere() -> None:
    document = json.loads(openapi.document())
    references = [found.split("/")[-1] for found in _references(document)]
    assert references
    assert set(references) <= document["components"]["schemas"].keys()


@pytest.mark.parametrize("operation", sorted(_PROBLEMS))
def test_the_server_does_what_the_document_says(world: World, operation: str) -> None:
    """Generated requests, right and wrong; the answer's status, headers and body must be documented."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.http.app)
    tested = schema.find_operation_by_id(operation)
    world.jobs.jobs.clear()
    job_id = world.submit().json()["id"]

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
        if known and "render_id" in (case.path_parameters or {}):
            case.path_parameters["render_id"] = job_id
        case.call_and_validate(
            headers={"Authorization": world.http.headers["Authorization"]},
            excluded_checks=[schemathesis.checks.positive_data_acceptance]
            if operation in BEYOND_SCHEMA
            else [],
        )

    conforms()


def _references(value: object) -> list[str]:
    match value:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [found for inner in value.values() for found in _references(inner)]
        case list():
            return [found for inner in value for found in _references(inner)]
    return []
