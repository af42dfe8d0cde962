"""The scaler's record in the table, also as earlier versions wrote it."""

import json
from pathlib import Path

import pytest

from handlers.jobs.store import keys
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.table import ABSENT, PRESENT, Put
from handlers.scaler.decision.history import History
from handlers.scaler.decision.memory import Memory
from handlers.scaler.service import scale
from handlers.scaler.state_store import TableStateStore

RECORD = json.loads(Path(__file__).with_name("earlier_state.json").read_text())
"""What the version wrote that counted arrivals by intervals and service times by template."""
NOW = 1_400.0


@pytest.fixture
def written(table):
    """A record with these parts, as an earlier version left it."""

    def put(**parts: object) -> TableStateStore:
        key = keys.scaler("cpu")
        texts = {name: json.dumps(part) for name, part in (RECORD | parts).items()}
        item = {"pk": key.pk, "sk": key.sk, "entity": Entity.SCALER, "fleet": "cpu", "version": 7}
        more = {"batches": '{"names":["7..9"]}', "taken_at": 1_374.0, **texts}
        assert table.put(Put(item={**item, **more}, condition=ABSENT))
        return TableStateStore(table, "cpu")

    return put


def test_a_record_of_the_version_before_is_read_without_a_loss(written) -> None:
    state = written().read()
    assert (state.lost, state.version, state.batches) == ((), 7, ("7..9",))
    boots = RECORD["history"]["boot"]
    assert (state.history.boot.count, state.history.boot.mean) == (boots["count"], boots["mean"])
    assert state.memory.peaks == tuple(tuple(one) for one in RECORD["memory"]["peaks"])
    assert [one.reason for one in state.recent] == [one["reason"] for one in RECORD["recent"]["decisions"]]


def test_the_next_pass_decides_with_it_and_writes_a_record_that_is_read_again(
    written, deployed, limits, fake_news
) -> None:
    done = scale(deployed.fleet, written(), fake_news(), limits(minimum=1), NOW)
    assert done.decision.raise_to == 1
    again = deployed.store().read()
    assert (again.version, again.lost) == (8, ())
    assert again.memory == done.decision.memory


@pytest.mark.parametrize(
    "parts",
    [
        {"history": {}, "memory": {}, "recent": {}},
        {"history": {"arrived": [], "served": [1.0, 2.0], "boot": {}}},
        {"memory": {"gaps": [1.0], "errors": {"due": 3.0}, "surge": {"lasting": 0.7, "count": 4.0}}},
        {"history": {"lateness": {"pressure": 99.0}}, "memory": {"peaks": [[5.0, 3]]}},
    ],
    ids=["empty", "other bins", "fewer fields", "out of range"],
)
def test_records_with_fewer_or_other_parts_stop_no_pass(written, deployed, limits, fake_news, parts) -> None:
    store = written(**parts)
    assert store.read().lost == ()
    assert scale(deployed.fleet, store, fake_news(), limits(minimum=2), NOW).decision.raise_to == 2


@pytest.mark.parametrize("text", ["", "null", "[]", "3", '{"boot":{"count":"many"}}', "{"])
def test_a_part_that_is_no_record_at_all_begins_anew_and_is_named(table, written, text) -> None:
    written()
    key = keys.scaler("cpu")
    item = table.get(key)
    assert table.put(Put(item={**item, "history": text, "memory": text}, condition=PRESENT))
    state = TableStateStore(table, "cpu").read()
    assert (state.history, state.memory) == (History(), Memory())
    assert [one.split(":")[0] for one in state.lost] == ["history", "memory"]
