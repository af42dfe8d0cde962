"""What a hostile instance writes where operators look: a trace, the status of a fleet, a restore."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from cli import aws
from cli.exits import CommandError
from cli.fleet import status
from cli.restore.restoring import Restoring, Tally
from cli.restore.tables import Tables
from cli.trace.page import page
from cli.trace.spans import spans_of
from cli.trace.summary import summary_of
from cli.trace.timeline import as_text, rows
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, encode_item
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.items import event_to_item, job_to_item
from handlers.jobs.store.reading import UnreadableItemError
from tests.cli.trace.story import EVENTS, JOB, PLACE, RENDER, WORKERS, Aws, T, agent, reading
from tests.handlers.life.memory_table import MemoryTable
from tests.hostile.items import VALUES, job, put

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

ESCAPE = "\x1b[2J\x1b]0;owned\x07"


@dataclass
class Planted(Aws):
    """The story's stack, with items of an instance among the others."""

    beside: tuple[Item, ...] = ()
    workers: tuple[Item, ...] = ()
    spoiled: "Mapping[str, AttributeValueTypeDef]" = field(default_factory=dict)

    def _query(self, body: str) -> object:
        if "WORKER#" in body:
            return {"Items": [encode_item(item) for item in (*self.workers, *WORKERS)]}
        if "EVENT#" in body:
            events = [event_to_item(one, JOB.expires_at) for one in EVENTS]
            return {"Items": [encode_item(item) for item in (*self.beside, *events)]}
        if "DELIVERY#" in body:
            return super()._query(body)
        return {"Items": [encode_item(job_to_item(JOB)) | self.spoiled]}


STRANGERS: tuple[Item, ...] = (
    {"pk": keys.job(RENDER).pk, "sk": "EVENT#"},
    {"pk": keys.job(RENDER).pk, "sk": "EVENT#x", "entity": "JOB"},
    {"pk": keys.job(RENDER).pk, "sk": "EVENT#y", "entity": "EVENT", "at": "yesterday"},
    {"pk": keys.job(RENDER).pk, "sk": "EVENT#z", "entity": ESCAPE},
)


def test_a_trace_shows_what_can_be_read_and_tells_of_the_rest() -> None:
    facts = reading(Planted(beside=STRANGERS)).of(RENDER)
    assert [one.number for one in facts.events] == [one.number for one in EVENTS]
    assert len(facts.unread) == len(STRANGERS)


@pytest.mark.parametrize(
    "name", sorted(job_to_item(JOB).keys() - {"pk", "sk", "entity", "tenant_pk", "state_pk", "state_sk"})
)
def test_a_render_that_cannot_be_read_is_an_answer_and_no_traceback(name: str) -> None:
    with pytest.raises(CommandError, match=r"docs/security\.md"), aws.calling():
        reading(Planted(spoiled={name: VALUES["map"]})).of(RENDER)


LINES = (
    agent(95, ESCAPE, "i-1", 1, reason=ESCAPE),
    agent(96, "engine_ended", "i-1", 1, EngineSeconds=1e300, code=10**400, end=ESCAPE),
    agent(97, "inputs_fetched", "i-2", 2, FetchSeconds=float("inf")),
    agent(98, "agent_started", "i-1", 1, at=1e300),
    agent(99, "agent_started", "i-1", 1, at=float("nan")),
    {"@timestamp": "yesterday", "@message": "[" * 100_000},
)


def test_nothing_that_an_instance_logs_breaks_a_trace_or_reaches_a_terminal_raw() -> None:
    facts = reading(Aws(lines=LINES)).of(RENDER)
    shown, spans = rows(facts), spans_of(facts, PLACE)
    text = as_text(shown)
    assert "agent_started" in text
    assert all(line.isprintable() for line in text.splitlines())
    assert "<html" in page(facts, shown, spans, summary_of(facts, PLACE))
    assert all(0 <= span.began < 1e10 and span.seconds < 1e16 for span in spans)


def test_an_item_that_cannot_be_read_hides_no_worker_of_a_fleet() -> None:
    place: Item = {"pk": "JOB#x", "sk": "Z", "state_pk": keys.workers_pk("cpu"), "state_sk": T}
    worker = WORKERS[0]
    planted = (
        place,
        {**worker, "pk": "WORKER#i-0", "state": ESCAPE},
        {**worker, "pk": "WORKER#i-1", "instance_id": "i-3"},
        {**place, "entity": "BOOT"},
    )
    found = status.status_of("cpu", PLACE, Planted(workers=planted))
    assert [one.worker is not None for one in found.members] == [True, False], "i-3 has not said anything"
    assert len(found.unreadable) == 3
    text = status.as_text([found], T + 500)
    assert "unreadable" in text
    assert all(line.isprintable() for line in text.splitlines())


class Scanned:
    """A copy and a table that hold the same foreign items."""

    def __init__(self, items: list[Item]) -> None:
        self.items = [encode_item(item) for item in items]

    def scan(self, **_: object) -> object:
        return {"Items": self.items}

    def batch_get_item(self, **_: object) -> object:
        return {"Responses": {}, "UnprocessedKeys": {}}


def test_a_restore_names_no_kind_that_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [ESCAPE, "", "K" * 1_000]
    foreign: list[Item] = [{"pk": f"JOB#{n}", "sk": "JOB", "entity": kind} for n, kind in enumerate(kinds)]
    foreign.append({"pk": "JOB#n", "sk": "JOB", "entity": 3})
    tally = Tally()
    Restoring(pages=Tables(Scanned(foreign), "t"), say=print).compare(tally)  # type: ignore[arg-type]
    assert tally.by_kind() == {"other": {"of an unknown kind": 4}}
    assert "\x1b" not in capsys.readouterr().out


def test_two_items_in_one_place_of_a_list_do_not_keep_a_reader_there() -> None:
    """A cursor that leads to itself: whoever follows it never comes to the end."""
    table, told = MemoryTable(page=100), list[UnreadableItemError]()
    for number in range(5):
        put(table, job_to_item(job(number)))
    place = job_to_item(job(4))["tenant_sk"]
    for number in range(5, 8):
        put(table, {**job_to_item(job(number)), "tenant_sk": place})
    jobs, seen, cursor = CustomerJobs(table, told.append), list[str](), None
    for _ in range(20):
        found = jobs.page("acme", limit=1, cursor=cursor)
        seen += [one.id for one in found.jobs]
        cursor = found.cursor
        if cursor is None:
            break
    assert cursor is None
    assert sorted(seen) == [job(number).id for number in range(5)]
    assert told
