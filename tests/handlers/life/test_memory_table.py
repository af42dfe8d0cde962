"""The table in memory answers as DynamoDB does (moto), call by call, in the lives of all stories."""

import contextlib

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store import keys
from handlers.jobs.store.keys import Key
from handlers.jobs.store.table import Condition, Put, Query, Table, Update
from tests.handlers.conftest import Clock
from tests.handlers.life.memory_table import MemoryTable
from tests.handlers.life.test_crash_points import STORIES, A, assert_rest
from tests.handlers.life.world import Calls, Crash, Mode, World


class Both(MemoryTable):
    """Asks both, and compares."""

    def __init__(self, real: Table) -> None:
        super().__init__(items={})
        self.real = real
        self.compared = 0

    def __getattribute__(self, name):  # type: ignore[no-untyped-def]
        if name not in {"get", "get_all", "put", "update", "delete", "query", "count", "try_transaction"}:
            return super().__getattribute__(name)

        def ask(*given, **named):  # type: ignore[no-untyped-def]
            mine = getattr(MemoryTable, name)(MemoryTable.of(self), *given, **named)
            theirs = getattr(self.real, name)(*given, **named)
            if name == "query":
                mine, theirs = list(mine), list(theirs)
            assert mine == theirs, (name, given)
            self.compared += 1
            return iter(mine) if name == "query" else mine

        return ask


@pytest.mark.parametrize("operator", ["=", "<>", "<", "<=", ">", ">="])
def test_both_compare_alike_also_at_the_border(operator: str, table: Table) -> None:
    """No story has two times that are equal; in production they meet."""
    both, key = Both(table), keys.job("r_1")
    both.put(Put(item={"pk": key.pk, "sk": key.sk, "at": 5.0}))
    held = [
        both.update(
            Update(
                key=key, changes={"seen": value}, condition=Condition(f"#at {operator} :at", {":at": value})
            )
        )
        is not None
        for value in (4.0, 5.0, 6.0)
    ]
    assert any(held)
    assert not all(held)


def test_both_find_alike_between_two_values_borders_included(table: Table) -> None:
    both = Both(table)
    for number in range(5):
        both.put(Put(item={"pk": f"{number}", "sk": "s", "state_pk": "p", "state_sk": number}))
    within = Condition(
        "#state_pk = :pk AND #state_sk BETWEEN :least AND :most", {":pk": "p", ":least": 1, ":most": 3}
    )
    assert len(list(both.query(Query(index=keys.BY_STATE, match=within)))) == 3


def test_both_find_alike_what_is_there_of_several_keys(table: Table) -> None:
    both = Both(table)
    for name in ("a", "b"):
        both.put(Put(item={"pk": name, "sk": "s", "at": 1}))
    assert both.get_all([Key("b", "s"), Key("c", "s"), Key("a", "t"), Key("b", "s")]).keys() == {
        Key("b", "s")
    }


@pytest.mark.short_form(8)
@pytest.mark.parametrize("strike", ["receive", "transact", "send", "remove"])
@pytest.mark.parametrize("story", STORIES)
def test_both_answer_alike(story: str, strike: str, table: Table, clock: Clock) -> None:
    both = Both(table)
    world = World(real=both, clock=clock, plan=story.split(","))
    world.submit(Calls())
    with contextlib.suppress(Crash, TryAgainLater):
        world.work(Calls(strike_on=strike, mode=Mode.CRASH_AFTER), A)
    world.come_to_rest(A)
    assert_rest(world, STORIES[story])
    assert both.compared >= 30
