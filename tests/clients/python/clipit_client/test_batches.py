"""Batches through the client: submitted, repeated, waited for."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from clipit_client import errors
from clipit_client.batches import Batch, BatchWaitTimeoutError
from clipit_client.batches import wait as waiting
from clipit_client.steps import Outcome, Pause, Reply, Step

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.states import JobState
from tests.clients.python.clipit_client.documents import BATCH
from tests.clients.python.clipit_client.test_client import Made, made  # noqa: F401 - a fixture
from tests.handlers.job_server.fakes import COMPOSITION

ITEMS: list[dict[str, Any]] = [{"composition": COMPOSITION}] * 30


def test_a_batch_is_submitted_seen_listed_and_waited_for(made: Made) -> None:  # noqa: F811
    accepted = made.client.batches.create(ITEMS, shared={"metadata": {"order": "7"}})
    assert len(accepted.renders) == 30
    assert made.client.batches.get(accepted.id).renders.queued == 30
    listed = made.client.renders.list(batch=accepted.id)
    assert {(one.batch, one.metadata["order"]) for one in listed} == {(accepted.id, "7")}
    with pytest.raises(BatchWaitTimeoutError, match="still has 30 renders to come after 0 s"):
        made.client.batches.wait(accepted.id, timeout_s=0)
    for render in accepted.renders:
        made.client.renders.cancel(render)
    assert made.client.batches.wait(accepted.id, timeout_s=1).renders.cancelled == 30


def test_a_repeated_submission_goes_on_where_the_first_stopped(
    made: Made,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("clipit_client.retries.LONGEST_RETRY_AFTER_S", 0.0)
    extend, lost = made.world.jobs.extend_batch, [TryAgainLater("the table is busy")]

    def strike(*given: Any, **named: Any) -> Any:
        if lost:
            raise lost.pop()
        return extend(*given, **named)

    made.world.jobs.extend_batch = strike  # type: ignore[method-assign]
    with pytest.raises(errors.UnavailableError):
        made.client.batches.create(ITEMS, idempotency_key="monday")
    assert len(made.world.jobs.jobs) == 24
    made.client.batches.create(ITEMS, idempotency_key="monday")
    assert len(made.world.jobs.jobs) == 30
    assert {job.state for job in made.world.jobs.jobs.values()} == {JobState.QUEUED}
    assert len({message.job_id for _, message, _ in made.world.queue.sent}) == 30


def test_every_mistake_of_a_batch_is_named(made: Made) -> None:  # noqa: F811
    with pytest.raises(errors.InvalidRequestError, match="/items/1/composition"):
        made.client.batches.create([ITEMS[0], {}])


def test_the_client_for_asyncio_does_the_same(made: Made) -> None:  # noqa: F811
    async def program() -> int:
        async with made.aio as client:
            accepted = await client.batches.create(ITEMS)
            with pytest.raises(BatchWaitTimeoutError):
                await client.batches.wait(accepted.id, timeout_s=0)
            return (await client.batches.get(accepted.id)).renders.queued

    assert asyncio.run(program()) == 30


def test_a_server_in_trouble_is_asked_again_for_a_minute() -> None:
    def answers() -> Iterator[Reply]:
        yield Reply(status=200, content=Batch.model_validate(BATCH).model_dump_json().encode())
        for _ in range(3):
            yield Reply(status=503)
        yield Reply(status=200, content=Batch(**{**BATCH, "ended": True}).model_dump_json().encode())

    replies, now = answers(), 0.0
    call = waiting("b_1", timeout_s=600, poll_s=2, seen=lambda _: None)
    step: Step = next(call)
    while True:
        if isinstance(step, Pause):
            now += step.seconds
        outcome = Outcome(now=now, reply=None if isinstance(step, Pause) else next(replies))
        try:
            step = call.send(outcome)
        except StopIteration as end:
            last = end.value
            break
    assert (last.ended, now) == (True, 8)
