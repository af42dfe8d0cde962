"""What the notes on a job cost, counted from its items and the deployed indexes, is what the page says.

DynamoDB's rules (developer guide, "Write capacity unit consumption", and "Provisioned throughput
considerations for global secondary indexes"): a write of up to 1 KB is one unit in the table. In an index it
is one where an entry appears, vanishes or changes, two where its key changes, and none where nothing changes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.jobs.model import Failure, Job, Output
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.items import job_to_item

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
NOW = 1_700_000_000.123
QUEUED = Job(
    id="r_01hf7yat00z3ghvhxwt0jccfah",
    tenant="acme",
    fleet="cpu",
    state=JobState.QUEUED,
    attempt=1,
    created_at=NOW,
    updated_at=NOW,
    enqueued_at=NOW,
    expires_at=1_702_592_000,
    composition_key="compositions/acme/r_01hf7yat00z3ghvhxwt0jccfah.json",
    trace_id="0" * 32,
    event_count=1,
    template="title-card",
    webhook_url="https://hooks.example.com/clip-it/renders",
)
SENT = replace(QUEUED, dispatched_at=NOW)
RENDERING = replace(SENT, state=JobState.RENDERING, lease_owner="i-1", lease_expires_at=NOW, started_at=NOW)
DONE = replace(
    RENDERING,
    state=JobState.SUCCEEDED,
    lease_owner=None,
    lease_expires_at=None,
    finished_at=NOW,
    output_key="outputs/acme/r_01hf7yat00z3ghvhxwt0jccfah/1/video.mp4",
    output=Output(duration=12.5, width=1920, height=1080, bytes=12_345_678),
)
FAILED = replace(
    DONE, state=JobState.FAILED, failure=Failure(code=FailureCode.ENGINE_CRASHED, detail=""), webhook_url=None
)
QUIET = {"webhook_url": None}

Units = tuple[int, int]
Count = Callable[[Job, Job], Units]


@pytest.fixture
def units(program: Any) -> Count:
    """The units that a write of a job costs in the table, and in all its indexes."""
    (table,) = program("prod").of("aws:dynamodb/table:Table")
    indexes = table.inputs["globalSecondaryIndexes"]
    assert len(indexes) == 3

    def count(before: Job, after: Job) -> Units:
        old, new = job_to_item(before), job_to_item(after)
        return int(old != new), sum(_in_index(index, old, new) for index in indexes)

    return count


def _in_index(index: Mapping[str, Any], old: Item, new: Item) -> int:
    keys = ["pk", "sk", *(part["attributeName"] for part in index["keySchemas"])]
    held_before, held_now = (all(key in item for key in keys) for item in (old, new))
    if not held_before or not held_now:
        return int(held_before or held_now)
    if any(old[key] != new[key] for key in keys):
        return 2
    return int(index["projectionType"] == "ALL" and old != new)


def in_page(write: str) -> Units:
    (found,) = re.findall(rf"^\| {re.escape(write)} \| (\d+) \| (\d+) \|$", PAGE.read_text(), re.MULTILINE)
    return int(found[0]), int(found[1])


@pytest.mark.parametrize(
    ("write", "before", "after"),
    [
        ("Dispatch mark", QUEUED, SENT),
        ("Mark that the webhook is queued", DONE, replace(DONE, announced_at=NOW)),
        ("Mark that the dead letter is left", FAILED, replace(FAILED, dead_letter_at=NOW)),
    ],
)
def test_a_note_costs_what_the_page_says(units: Count, write: str, before: Job, after: Job) -> None:
    assert units(before, after) == in_page(write)


def test_an_end_with_a_webhook_costs_so_much_more_than_one_without(units: Count) -> None:
    with_one = units(RENDERING, DONE)
    without = units(replace(RENDERING, **QUIET), replace(DONE, **QUIET))  # type: ignore[arg-type]
    more = (with_one[0] - without[0], with_one[1] - without[1])
    assert more == in_page("The end of a job with a webhook, more than of one without")
