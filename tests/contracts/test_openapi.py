"""What the OpenAPI document says of things that other rooms decide."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from components.settings.stack_settings import FLEET_NAME
from handlers.job_server.schemas import openapi
from handlers.job_server.schemas.bodies import FLEET_PATTERN
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.webhook_addresses import WebhookAddress
from handlers.notifier.signing import signed_headers
from handlers.notifier.webhook import webhook_for
from tests.handlers.conftest import START, a_job

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAGE = Path(__file__).parents[2] / "docs" / "api.md"
ENDED = [state for state in JobState if state.terminal]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(openapi.document())
    return found


def ended(state: JobState) -> Job:
    failure = Failure(code=FailureCode.TIMED_OUT, detail="after 1800 s") if state is JobState.FAILED else None
    return a_job(
        now=START,
        state=state,
        finished_at=START + 9,
        failure=failure,
        webhook_url="https://example.com/hook",
        metadata={"order": "1042"},
        tenant="test--acme",
        batch="b_01hf7yat00z3ghvhxwt0jccf",
    )


@pytest.mark.parametrize("state", ENDED)
def test_a_webhook_is_sent_as_the_document_describes_it(document: dict[str, Any], state: JobState) -> None:
    webhook = webhook_for(ended(state), WebhookAddress(tenant="test--acme", url="https://hooks.example.com"))
    described = document["webhooks"]["renderEnded"]["post"]
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    body = json.loads(webhook.body)
    jsonschema.validate(body, {**schema, "components": document["components"]})
    assert body.keys() == schema["properties"].keys()
    never = set() if state is JobState.FAILED else {"failure"}
    assert body["data"].keys() == schema["properties"]["data"]["properties"].keys() - never


def test_a_webhook_has_the_headers_that_the_document_names(document: dict[str, Any]) -> None:
    sent = signed_headers(SECRET, message_id="msg_1", timestamp=1, body="{}")
    described = document["webhooks"]["renderEnded"]["post"]["parameters"]
    assert {name.lower() for name in sent} == {one["name"] for one in described}


@pytest.mark.parametrize("name", ["cpu", "gpu2", "a1", "abcdefghijkl", "", "a", "1a", "CPU", "a-b", "x" * 13])
def test_fleets_are_named_as_the_settings_name_them(name: str) -> None:
    fits = jsonschema.Draft202012Validator({"pattern": FLEET_PATTERN}).is_valid(name)
    assert fits is not bool(FLEET_NAME.refuses(name))


def test_the_page_says_how_many_renders_a_list_has(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/v1/renders"]["get"]["parameters"]
    (limit,) = (one["schema"] for one in parameters if one["name"] == "limit")
    told = re.findall(r"(\d+) on a page unless `limit` says otherwise, and at most (\d+)", PAGE.read_text())
    assert told == [(str(limit["default"]), str(limit["maximum"]))]


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        (
            "OutputView",
            {"duration_s", "width", "height", "bytes", "format", "url", "url_expires_at", "poster"},
        ),
        ("EventView", {"number", "at", "kind", "actor", "detail", "trace_id"}),
        ("DeliveryView", {"number", "at", "delivered", "error", "webhook_id", "endpoint", "redelivery"}),
    ],
)
def test_the_page_names_the_fields_that_the_document_has(
    document: dict[str, Any], schema: str, named: set[str]
) -> None:
    assert document["components"]["schemas"][schema]["properties"].keys() == named
    about = next(line for line in PAGE.read_text().splitlines() if all(f"`{one}`" in line for one in named))
    assert about
