"""The judge of the chaos on a local stack: what must not happen is noticed, and nothing else is."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import accumulate
from random import Random
from types import SimpleNamespace

import pytest

from handlers.jobs.model import Failure, Job, JobEvent
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import EventKind, JobState
from handlers.jobs.store.attributes import encode_item
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.keys import Entity
from local.emulator import server
from local.emulator.connection import Connection
from local.lambda_service.stream_source import StreamSource
from tests.handlers.conftest import a_job
from tests.handlers.life.chaos.judging import Played
from tests.handlers.life.chaos.perils import Fault
from tests.handlers.life.chaos.witness import Witness
from tests.handlers.life.stack_chaos import watching
from tests.handlers.life.stack_chaos.faults import Faults
from tests.handlers.life.stack_chaos.judge import Facts, judged
from tests.handlers.life.stack_chaos.messages import NOTICES, RENDERS, Queues
from tests.handlers.life.stack_chaos.processes import LEASE_S
from tests.handlers.life.stack_chaos.receiver import Receiver
from tests.handlers.life.stack_chaos.watching import Watching
from tests.job_table import create_table

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


def of(facts: Facts, renders: int = 1) -> Played:
    return judged(facts, Played(seed=1), renders)


def with_job(job: Job, **changes: object) -> Facts:
    return replace(GOOD, jobs={"r_1": job}, shown={"r_1": job.state.value}, **changes)  # type: ignore[arg-type]


def test_a_render_that_ended_once_and_was_told_once_is_no_mistake() -> None:
    assert of(GOOD).broken == []
    assert GOOD.at_rest
    assert of(GOOD).states == {JobState.SUCCEEDED: 1}


def test_fewer_renders_than_were_to_be_submitted_are_noticed() -> None:
    nothing = replace(GOOD, accepted=[], jobs={}, shown={}, events={}, posted={}, videos={}, usage={})
    assert of(nothing, 200).broken == ["0 of 200 renders were accepted in time"]
    assert of(GOOD, 2).broken == ["1 of 2 renders were accepted in time"]
    assert "1 of 2 renders were accepted in time" in of(replace(GOOD, accepted=["r_1", "r_1"]), 2).broken


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


def test_a_video_whose_versions_differ_is_noticed() -> None:
    assert of(replace(GOOD, videos={VIDEO: {"one", "other"}})).broken == [f"{VIDEO} has 2 contents"]


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
        (replace(GOOD, witnessed={}), "r_1 is succeeded, and the stream has not told that it ended"),
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
def emulated() -> Iterator[Connection]:
    with server.running() as url:
        yield Connection(url, "eu-central-1")


@pytest.fixture
def witnessed(emulated: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watching]:
    monkeypatch.setattr(watching, "QUIET_S", 0.01)
    create_table(emulated.dynamodb(), "watched")
    watched = Watching(emulated, "watched")
    yield watched
    watched.end()
    emulated.dynamodb().delete_table(TableName="watched")


def until(true: Callable[[], object]) -> None:
    ends_by = time.monotonic() + 10.0
    while not true() and time.monotonic() < ends_by:
        time.sleep(0.02)


def test_a_change_that_cannot_be_read_is_noticed_and_those_behind_it_are_seen(
    emulated: Connection, witnessed: Watching
) -> None:
    readable = a_job(now=NOW, state=JobState.CANCELLED)
    for item in ({"pk": "JOB#r_0", "sk": "JOB", "entity": Entity.JOB}, job_to_item(readable)):
        emulated.dynamodb().put_item(TableName="watched", Item=encode_item(item))
    witnessed.start()
    until(lambda: witnessed.witness.ended)
    assert witnessed.witness.ended == {readable.id: 1}
    (mistake,) = witnessed.witness.mistakes
    assert "JOB#r_0" in mistake
    assert "cannot be read: UnreadableItemError" in mistake


def test_a_witness_reads_on_when_aws_fails_and_says_so_when_it_cannot(
    witnessed: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[Exception] = [ConnectionResetError("halted"), ValueError("no stream")]
    met = list[Exception]()

    def feed(*_: object) -> None:
        met.append(errors[len(met)])
        raise met[-1]

    monkeypatch.setattr(StreamSource, "feed", feed)
    witnessed.start()
    until(lambda: witnessed.witness.mistakes)
    assert witnessed.witness.mistakes == ["the stream is no longer read: ValueError('no stream')"]
    assert met == errors


@pytest.mark.parametrize(
    ("outage", "excused"),
    [((4.0, 6.5), False), ((6.0, 7.5), True), ((9.0, 12.0), True), ((10.5, 12.0), False)],
    ids=["over before", "over while it is renewed", "until after its end", "after its end"],
)
def test_a_lease_may_run_out_that_could_not_be_renewed(*, outage: tuple[float, float], excused: bool) -> None:
    held = a_job(now=NOW, state=JobState.RENDERING, lease_owner="i-1", lease_expires_at=NOW + 10)
    lost = Failure(code=FailureCode.LEASE_LOST, detail="it was silent")
    taken = replace(
        held, state=JobState.QUEUED, attempt=2, lease_owner=None, lease_expires_at=None, failure=lost,
        event_count=held.event_count + 1,
    )  # fmt: skip
    begin, end = outage
    witness = Witness(lambda: NOW + 11, renewing_s=LEASE_S / 3, outages=[(NOW + begin, NOW + end)])
    witness.changed(job_to_item(held), job_to_item(taken))
    said = [] if excused else [f"{held.id} is taken from i-1, which nothing had befallen"]
    assert witness.mistakes == said


@pytest.mark.parametrize("fault", [Fault.SLOW, Fault.THROTTLED, Fault.ANSWER_LOST])
def test_an_outage_is_noted_before_it_begins(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    known = list[int]()
    stack = SimpleNamespace(
        connection=SimpleNamespace(
            sqs=SimpleNamespace, begin_spell=lambda _: known.append(len(found.outages))
        ),
        hanging=lambda: known.append(len(found.outages)) or nullcontext(),
    )
    found = Faults(stack, 1, unwell=set(), outages=[])  # type: ignore[arg-type]
    services = [found._plays()[fault](CHANCE) for _ in range(30)]
    told = [service in {"AWS", "dynamodb"} for service in services]
    assert known == list(accumulate(told))
    assert all(end > begin for begin, end in found.outages)


class UntilSet(threading.Event):
    """Waits until it is set, and then says once that it is not: it was set a moment later."""

    late = True

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        super().wait()
        time.sleep(0.1)
        late, self.late = self.late, False
        return not late


def faults(seed: int, play: Callable[[Random], str | None]) -> Faults:
    """Faults of which one is drawn before they end."""
    found = Faults(SimpleNamespace(), seed, unwell=set(), outages=[], _stop=UntilSet())  # type: ignore[arg-type]
    found._plays = lambda: dict.fromkeys(Fault, play)  # type: ignore[method-assign]
    return found


def test_a_fault_that_is_drawn_while_faults_end_is_over_when_they_have_ended() -> None:
    over = list[float]()

    def last(chance: Random) -> str:
        time.sleep(0.2)
        over.append(chance.random())
        return "instance"

    drawn = faults(1, last)
    drawn.start()
    drawn.end()
    assert len(over) == 1


def test_the_digest_is_that_of_the_seed_however_many_faults_were_played() -> None:
    played, other = faults(1, lambda _: None), faults(2, lambda _: None)
    before = played.digest
    played.start()
    played.end()
    assert played.digest == before != other.digest


@pytest.fixture
def queues(emulated: Connection) -> Iterator[tuple[Queues, Connection]]:
    sqs = emulated.sqs()
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in (*RENDERS, NOTICES)]
    yield Queues(emulated), emulated
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
