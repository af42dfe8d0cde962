"""The pages for developers say what the code does."""

import json
import re
from pathlib import Path

import pytest

from handlers.job_server import problems
from handlers.job_server.batches.requests import batch_request
from handlers.job_server.schemas import openapi
from handlers.job_server.schemas.requests import render_request
from handlers.jobs import composition
from handlers.jobs.reasons import FailureCode, WaitReason
from handlers.jobs.states import JobState
from handlers.jobs.store.customers.listing import LOOKED_AT
from handlers.jobs.templates import catalog
from tests.handlers.job_server.conftest import RULES

DOCS = Path(__file__).resolve().parents[3] / "docs"
API, COMPOSITION = ((DOCS / f"{page}.md").read_text("utf-8") for page in ("api", "composition"))
KINDS = [
    one for one in vars(problems).values() if isinstance(one, problems.Kind) and one is not problems.HTTP
]


def test_every_problem_is_in_the_table_with_its_status() -> None:
    rows = set(re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", API, re.MULTILINE))
    assert rows == {(str(int(kind.status)), kind.name) for kind in KINDS}


@pytest.mark.parametrize("code", [*WaitReason, *FailureCode, *JobState])
def test_every_code_a_customer_can_meet_is_explained(code: str) -> None:
    assert f"`{code}`" in API


def test_every_path_is_mentioned() -> None:
    paths = json.loads(openapi.document())["paths"]
    assert paths
    for path in paths:
        assert re.sub(r"\{\w+\}", "<id>", path.replace("{name}", "<name>")) in API, path


def test_the_page_says_how_many_renders_a_list_reads() -> None:
    assert f"a page reads at most {LOOKED_AT} of your renders" in API


def test_the_submissions_on_the_page_are_accepted() -> None:
    bodies = [json.loads(body) for body in re.findall(r"-d '(\{.*?\})'$", API, re.MULTILINE | re.DOTALL)]
    assert len(bodies) == 4
    for body in bodies:
        if "url" in body:
            assert body.keys() <= {"url", "events"}, (
                "a webhook endpoint, which the OpenAPI document's tests send"
            )
        elif "items" in body:
            batch_request(body, RULES, pay=lambda _renders: None)
        else:
            render_request(body, RULES)


def test_the_composition_on_the_page_is_one() -> None:
    examples = re.findall(r"```json\n(.*?)```", COMPOSITION, re.DOTALL)
    assert examples
    for example in examples:
        assert composition.findings(json.loads(example)) == []


def test_every_template_is_in_the_table() -> None:
    assert set(re.findall(r"^\| `([a-z-]+)` \| `", COMPOSITION, re.MULTILINE)) >= catalog().keys()
