"""What one try of a webhook measures."""

from dataclasses import replace

import pytest

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.notifier.measuring import measured
from handlers.notifier.results import Delivered, DeliveryResult, Dropped, Failed, Post
from handlers.telemetry.metrics import DELIVERY, FIRST_TRY, TRIES_FAILED
from tests.handlers.conftest import a_job

JOB = replace(a_job(now=1_000.0), state=JobState.SUCCEEDED, finished_at=1_100.0)
POST = Post(at=1_102.5, status=200, seconds=0.1)


def failed(job: Job = JOB, post: Post | None = POST) -> Failed:
    return Failed(error="answered 500", retry_seconds=5, given_up=False, job=job, post=post)


@pytest.mark.parametrize(
    ("result", "tries", "values"),
    [
        (Delivered(job=JOB, post=POST), 1, {FIRST_TRY: 2.5, DELIVERY: 2.5}),
        (Delivered(job=JOB, post=POST), 2, {DELIVERY: 2.5}),
        (failed(), 1, {FIRST_TRY: 2.5, TRIES_FAILED: 1.0}),
        (failed(), 4, {TRIES_FAILED: 1.0}),
        (failed(post=None), 9, {}),
        (Dropped(reason="gone"), 1, {}),
        (Dropped(reason="gone for good", job=JOB, post=POST), 1, {FIRST_TRY: 2.5}),
        (Delivered(job=JOB, post=replace(POST, at=1_099.0)), 1, {FIRST_TRY: 0.0, DELIVERY: 0.0}),
    ],
    ids=[
        *("first", "second", "failed-first", "failed-later", "given-up-unsent", "nothing"),
        *("refused-for-good", "clock-behind"),
    ],
)
def test_a_try_is_measured_from_the_end_of_the_render(
    result: DeliveryResult, tries: int, values: dict[object, float]
) -> None:
    assert measured(result, tries=tries) == values
