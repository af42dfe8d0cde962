"""The judge of the chaos on a local stack: what must not happen is noticed, and nothing else is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from handlers.jobs.model import Job, JobEvent
from handlers.jobs.states import EventKind, JobState
from local.emulator import server
from local.emulator.connection import Connection
from tests.handlers.conftest import a_job
from tests.handlers.life.chaos.judging import Played
from tests.handlers.life.stack_chaos.judge import Facts, judged
from tests.handlers.life.stack_chaos.messages import NOTICES, RENDERS, Queues
from tests.handlers.life.stack_chaos.receiver import Receiver

NOW = 1_700_000_000.0
CHANCE = Random(1)  # noqa: S311 - no secret
VIDEO = "outputs/acme/r_1/1/video.mp4"
ENDED = a_job(now=NOW, id="r_1", state=JobState.SUCCEEDED, output_key=VIDEO)
WEBHOOK = "msg_r_1_1"


def history(*kinds: EventKind) -> list[JobEvent]:
    return [
        JobEvent(
            job_id="r_1", number=number, at=NOW, actor="agent:i-1", kind=kind, detail="", trace_id="0" * 32
        )
        for number, kind in enumerate(kinds, start=1)
    ]


GOOD = Facts(
    accepted=["r_1"],
    jobs={"r_1": ENDED},
    shown={"r_1": "succeeded"},
    events={"r_1": history(EventKind.SUBMITTED, EventKind.CLAIMED, EventKind.SUCCEEDED)},
    witnessed={"r_1": 1},
    posted={WEBHOOK: {"succeeded"}},
    videos={VIDEO: {"one"}},
    letters=set(),
    usage={"acme": Counter(succeeded=1)},
    answers={"order-1": {("r_1",)}},
)


def of(facts: Facts) -> Played:
    return judged(facts, Played(seed=1))


def with_job(job: Job, **changes: object) -> Facts:
    return replace(GOOD, jobs={"r_1": job}, shown={"r_1": job.state.value}, **changes)  # type: ignore[arg-type]


def test_a_render_that_ended_once_and_was_told_once_is_no_mistake() -> None:
    assert of(GOOD).broken == []
    assert GOOD.at_rest
    assert of(GOOD).states == {JobState.SUCCEEDED: 1}


def test_an_accepted_render_that_is_not_there_is_lost() -> None:
    gone = replace(GOOD, accepted=["r_1", "r_2"])
    assert of(gone).lost == ["r_2"]
    assert not gone.at_rest


def test_an_accepted_render_that_never_ends_is_lost() -> None:
    waiting = with_job(replace(ENDED, state=JobState.QUEUED))
    assert of(waiting).lost == ["r_1"]
    assert not waiting.at_rest


@pytest.mark.parametrize(
    "twice",
    [
        replace(GOOD, witnessed={"r_1": 2}),
        replace(GOOD, events={"r_1": history(EventKind.SUBMITTED, EventKind.CANCELLED, EventKind.SUCCEEDED)}),
        replace(GOOD, events={"r_1": history(EventKind.SUBMITTED, EventKind.CLAIMED, EventKind.FAILED)}),
    ],
)
def test_a_render_that_ended_twice_is_published_twice(twice: Facts) -> None:
    assert of(twice).published_twice == ["r_1"]


def test_a_video_that_was_written_over_is_noticed() -> None:
    assert of(replace(GOOD, videos={VIDEO: {"one", "other"}})).broken == [f"{VIDEO} is written over"]


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({}, f"{WEBHOOK} was not sent"),
        ({WEBHOOK: {"succeeded", "failed"}}, f"{WEBHOOK} had 2 bodies"),
        ({WEBHOOK: {"succeeded"}, "msg_r_1_2": {"succeeded"}}, "msg_r_1_2 is about no end"),
    ],
)
def test_a_webhook_that_is_missing_or_has_two_bodies_is_noticed(
    posted: dict[str, set[str]], said: str
) -> None:
    wrong = replace(GOOD, posted=posted)
    assert of(wrong).broken == [f"webhook: {said}"]
    assert not wrong.at_rest


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(GOOD, videos={}), "r_1 has no video"),
        (replace(GOOD, shown={"r_1": "rendering"}), "r_1 is succeeded, and the API shows rendering"),
        (replace(GOOD, usage={"acme": Counter()}), "acme has 1 renders that succeeded, and 0 are counted"),
        (replace(GOOD, answers={"order-1": {("r_1",), ("r_2",)}}), "key order-1 got 2 answers"),
    ],
)
def test_whatever_else_contradicts_the_end_is_noticed(wrong: Facts, said: str) -> None:
    assert said in of(wrong).broken


def test_a_failed_render_needs_its_dead_letter() -> None:
    failed = with_job(
        replace(ENDED, state=JobState.FAILED, attempt=3, output_key=None),
        events={"r_1": history(EventKind.SUBMITTED, EventKind.FAILED)},
        posted={"msg_r_1_3": {"failed"}},
        usage={"acme": Counter(failed=1)},
    )
    assert of(failed).broken == ["r_1 has no dead letter"]
    assert of(failed.with_letters({"r_1"})).broken == []


def test_a_receiver_keeps_each_body_once_and_refuses_some_of_them() -> None:
    receiver = Receiver(CHANCE)
    answers = {receiver.take({"webhook-id": WEBHOOK}, "succeeded").value for _ in range(100)}
    receiver.take({"webhook-id": WEBHOOK}, "failed")
    assert receiver.bodies() == {WEBHOOK: {"succeeded", "failed"}}
    assert answers == {204, 500}


@pytest.fixture
def queues() -> Iterator[tuple[Queues, Connection]]:
    with server.running() as url:
        connection = Connection(url, "eu-central-1")
        sqs = connection.sqs()
        urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in (*RENDERS, NOTICES)]
        yield Queues(connection), connection
        for queue in urls:
            sqs.delete_queue(QueueUrl=queue)


def counts(connection: Connection, name: str) -> tuple[int, int]:
    """The messages of a queue that can be received, and those that somebody has received."""
    sqs = connection.sqs()
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return (
        int(shown["ApproximateNumberOfMessages"]),
        int(shown["ApproximateNumberOfMessagesNotVisible"]),
    )


@pytest.mark.parametrize(("name", "counted"), [("duplicate", (1, 1)), ("delay", (0, 1)), ("delete", (0, 0))])
def test_a_message_comes_twice_late_or_never(
    queues: tuple[Queues, Connection], name: str, counted: tuple[int, int]
) -> None:
    faults, connection = queues
    url = connection.sqs().get_queue_url(QueueName=RENDERS[1])["QueueUrl"]
    connection.sqs().send_message(QueueUrl=url, MessageBody="render", MessageGroupId="acme")
    assert getattr(faults, name)(CHANCE) == "cpu-renders-bulk"
    assert counts(connection, RENDERS[1]) == counted


def test_the_message_of_a_webhook_is_never_deleted(queues: tuple[Queues, Connection]) -> None:
    faults, connection = queues
    url = connection.sqs().get_queue_url(QueueName=NOTICES)["QueueUrl"]
    connection.sqs().send_message(QueueUrl=url, MessageBody="notice")
    assert faults.delete(CHANCE) is None
    assert counts(connection, NOTICES) == (1, 0)
