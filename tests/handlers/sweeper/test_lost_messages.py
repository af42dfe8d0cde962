"""Messages lost after their mark: how many are missing is counted; whose they are follows from the order."""

import pytest

from handlers.jobs.model import Job
from handlers.sweeper.lost_messages import DEEP_QUEUE, DEEP_QUEUE_SECONDS
from tests.handlers.conftest import START, a_job
from tests.handlers.sweeper.fakes import FakeQueue, FakeStore, a_sweeper, swept


def sent_at(age: float, **fields: object) -> Job:
    return a_job(now=START - age, dispatched_at=START - age, **fields)


def test_with_an_empty_queue_every_job_that_waits_for_longer_than_the_grace_gets_its_message_again() -> None:
    old, fresh = [sent_at(31), sent_at(30)], sent_at(29)
    done = swept(a_sweeper(FakeStore(marked=[*old, fresh])))
    assert done.sent_again == [job.id for job in old]


def test_as_many_messages_are_sent_as_are_missing_for_the_jobs_longest_without_one() -> None:
    jobs = [sent_at(100 - number) for number in range(10)]
    done = swept(a_sweeper(FakeStore(marked=jobs), FakeQueue(depth=8)))
    assert done.sent_again == [jobs[0].id, jobs[1].id]


@pytest.mark.parametrize("depth", [10, 11, 5000])
def test_no_message_is_sent_where_none_is_missing(depth: int) -> None:
    store = FakeStore(marked=[sent_at(100) for _ in range(10)])
    assert swept(a_sweeper(store, FakeQueue(depth=depth))).sent_again == []


@pytest.mark.parametrize(("age", "sent"), [(DEEP_QUEUE_SECONDS - 1, 0), (DEEP_QUEUE_SECONDS, 3)])
def test_a_deep_queue_is_counted_when_a_job_has_waited_for_very_long(age: float, sent: int) -> None:
    jobs = [sent_at(age - number / 1000) for number in range(DEEP_QUEUE + 3)]
    done = swept(a_sweeper(FakeStore(marked=jobs), FakeQueue(depth=DEEP_QUEUE)))
    assert len(done.sent_again) == sent
