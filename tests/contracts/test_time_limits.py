"""The times that pages promise are those of the code, and each function's budget fits into its time-out."""

import re
from pathlib import Path
from typing import Any

import pytest

from components import notifier as notifier_component
from components import sweeper as sweeper_component
from handlers.jobs.outgoing import targets
from handlers.notifier import retry_schedule, sending
from handlers.sweeper import entrypoint as sweeper
from handlers.sweeper.lost_messages import DEEP_QUEUE, DEEP_QUEUE_SECONDS
from handlers.sweeper.service import SWEEP_SECONDS

DOCS = Path(__file__).parents[2] / "docs"
KEEPING_RECORDS_SECONDS = 10
"""For the notifier's calls to AWS around a delivery: job, record and secret, and the record again."""


def row(page: str, start: str) -> str:
    """The one row of a page's tables that begins so."""
    (found,) = [line for line in (DOCS / page).read_text().splitlines() if line.startswith(f"| {start} |")]
    return found


def test_a_receiver_and_its_name_cannot_use_up_the_notifiers_time() -> None:
    spent = targets.LOOK_UP_SECONDS + sending.TOTAL_SECONDS
    assert spent + KEEPING_RECORDS_SECONDS <= notifier_component.TIMEOUT_SECONDS


def test_customers_are_told_how_long_they_may_take_to_answer() -> None:
    (told,) = re.findall(r"Answer with any 2xx within (\d+) seconds", (DOCS / "api.md").read_text())
    assert int(told) == sending.TOTAL_SECONDS


def test_customers_are_told_when_a_webhook_is_tried_again() -> None:
    (schedule,) = re.findall(
        r"is tried again after about (.*?), then every hour", (DOCS / "api.md").read_text()
    )
    pauses = [retry_schedule.backoff_seconds(tries, 1) for tries in range(1, 7)]
    rounded = [f"{one} s" if one < 60 else f"{one / 60:.0f} min" for one in pauses if one < 3600]
    assert schedule == ", ".join(rounded)
    assert pauses[len(rounded)] == retry_schedule.LONGEST_BACKOFF_SECONDS == 3600


def test_a_sweep_ends_before_the_next_one_begins_and_has_time_to_work(program: Any) -> None:
    (schedule,) = [
        one for one in program("prod").of("aws:scheduler/schedule:Schedule") if "sweeper" in one.name
    ]
    assert schedule.inputs["scheduleExpression"] == "rate(1 minute)"
    assert sweeper_component.TIMEOUT_SECONDS < SWEEP_SECONDS == 60
    assert sweeper.RESERVE_SECONDS <= sweeper_component.TIMEOUT_SECONDS / 2


@pytest.mark.parametrize("stack", ["dev", "prod"])
@pytest.mark.parametrize("what", ["The queue message of a job", "The webhook of a job that has ended"])
def test_the_page_says_how_long_what_was_lost_can_stay_so(program: Any, stack: str, what: str) -> None:
    """The grace of the deployed sweeper and the minute until the next sweep."""
    (function,) = [one for one in program(stack).of("aws:lambda/function:Function") if one.name == "sweeper"]
    grace = function.inputs["environment"]["variables"]["CLIPIT_DISPATCH_GRACE_SECONDS"]
    assert f"at most {grace} s and a minute" in row("architecture.md", what)


def test_the_page_says_when_a_deep_queue_hides_a_lost_message() -> None:
    text = row("architecture.md", "The queue message of a job, after it was noted as sent")
    assert f"{DEEP_QUEUE} messages" in text
    assert f"{DEEP_QUEUE_SECONDS // 60} minutes" in text
