"""A tenant's queue holds its limit, however many submissions arrive at once and whatever else happens."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Barrier, Event, Lock

import pytest

from handlers.job_server.queue_limit import (
    KEEP_SECONDS,
    LARGE,
    MOST_QUEUES,
    ROUNDS,
    QueueFullError,
    QueueLimit,
)

WAIT = 10


@dataclass
class Index:
    """Renders by tenant and fleet, as the index shows them, and how often they were counted."""

    waiting: dict[tuple[str, str], int] = field(default_factory=dict)
    counts: int = 0
    lock: Lock = field(default_factory=Lock)
    before_count: Callable[[], object] = lambda: None
    after_count: Callable[[], object] = lambda: None

    def count(self, tenant: str, fleet: str, at_most: int) -> int:
        self.before_count()
        with self.lock:
            self.counts += 1
            found = self.waiting.get((tenant, fleet), 0)
        self.after_count()
        return min(found, at_most)

    def write(self, tenant: str = "acme", fleet: str = "cpu", change: int = 1) -> None:
        with self.lock:
            self.waiting[tenant, fleet] = self.waiting.get((tenant, fleet), 0) + change


def submit(limit: QueueLimit, index: Index, tenant: str = "acme", fleet: str = "cpu") -> bool:
    try:
        with limit.slot(tenant, fleet):
            index.write(tenant, fleet)
    except QueueFullError:
        return False
    return True


def together(*acts: Callable[[], bool]) -> list[bool]:
    """What each answers when all begin at the same moment."""
    start = Barrier(len(acts))

    def act(one: Callable[[], bool]) -> bool:
        start.wait(WAIT)
        return one()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, acts, timeout=WAIT))


@pytest.mark.parametrize("waiting", [0, 3, 5, 9])
def test_forty_at_once_fill_the_queue_and_no_more(waiting: int) -> None:
    index = Index({("acme", "cpu"): waiting})
    limit = QueueLimit(index.count, 5)
    accepted = together(*[lambda: submit(limit, index)] * 40)
    assert sum(accepted) == max(0, 5 - waiting)
    assert index.waiting["acme", "cpu"] == max(5, waiting)


@pytest.mark.parametrize("attempt", range(20))
def test_as_many_at_once_as_there_is_room_for_are_all_accepted(attempt: int) -> None:
    index = Index({("acme", "cpu"): attempt % 5})
    limit = QueueLimit(index.count, 5)
    assert all(together(*[lambda: submit(limit, index)] * (5 - attempt % 5)))


@pytest.mark.parametrize(("waiting", "accepted"), [(0, 2), (1, 2), (2, 1), (4, 0)])
def test_several_renders_get_slots_together_or_not_at_all(waiting: int, accepted: int) -> None:
    index = Index({("acme", "cpu"): waiting})
    limit = QueueLimit(index.count, 5)

    def batch() -> bool:
        try:
            with limit.slot("acme", "cpu", 2):
                index.write(change=2)
        except QueueFullError:
            return False
        return True

    assert sum(together(*[batch] * 10)) == accepted


def test_slots_of_a_batch_that_failed_halfway_are_taken_until_the_next_count() -> None:
    index, now = Index(), [0.0]
    limit = QueueLimit(index.count, 3, clock=lambda: now[0])
    with suppress(ZeroDivisionError), limit.slot("acme", "cpu", 2):
        index.write()
        raise ZeroDivisionError
    assert [submit(limit, index) for _ in range(3)] == [True, True, False]


def test_one_after_the_other_fill_the_queue_and_room_is_seen_at_once() -> None:
    index = Index()
    limit = QueueLimit(index.count, 3)
    assert [submit(limit, index) for _ in range(5)] == [True, True, True, False, False]
    index.write(change=-1)
    assert [submit(limit, index) for _ in range(2)] == [True, False]


def test_every_tenant_and_fleet_has_a_queue_of_its_own() -> None:
    index = Index({("acme", "cpu"): 1})
    limit = QueueLimit(index.count, 1)
    assert not submit(limit, index)
    assert submit(limit, index, fleet="gpu")
    assert submit(limit, index, tenant="zenith")


def test_a_render_that_is_not_written_leaves_its_place() -> None:
    index = Index()
    limit = QueueLimit(index.count, 1)
    with pytest.raises(ZeroDivisionError), limit.slot("acme", "cpu"):
        raise ZeroDivisionError
    assert submit(limit, index)


def test_whoever_finds_the_queue_full_of_renders_being_written_waits_for_one_and_takes_a_place_left() -> None:
    index, counted, failing = Index(), Event(), Event()
    limit = QueueLimit(index.count, 1)

    def fail() -> bool:
        with suppress(ZeroDivisionError), limit.slot("acme", "cpu"):
            failing.set()
            assert counted.wait(WAIT)
            raise ZeroDivisionError
        return True

    def wait() -> bool:
        assert failing.wait(WAIT)
        index.before_count = counted.set
        return submit(limit, index)

    assert together(fail, wait) == [True, True]


def test_a_render_that_is_written_while_the_queue_is_counted_is_not_missed() -> None:
    """The count reads, the render is written, and only then the count comes back."""
    index, now = Index(), [0.0]
    limit = QueueLimit(index.count, 2, clock=lambda: now[0])
    read, go_on = Event(), Event()

    @contextmanager
    def counting_paused() -> Iterator[None]:
        def pause() -> None:
            index.after_count = lambda: None
            read.set()
            assert go_on.wait(WAIT)

        index.after_count = pause
        yield

    with limit.slot("acme", "cpu"), counting_paused(), ThreadPoolExecutor(1) as threads:
        now[0] = KEEP_SECONDS
        second = threads.submit(submit, limit, index)
        assert read.wait(WAIT)
        index.write()
        go_on.set()
        assert second.result(WAIT)
    assert not submit(limit, index)
    assert index.waiting["acme", "cpu"] == 2


def test_one_counts_for_all_who_arrive_meanwhile() -> None:
    index, counting, go_on = Index(), Event(), Event()
    limit = QueueLimit(index.count, 100)

    def pause() -> None:
        counting.set()
        assert go_on.wait(WAIT)

    index.before_count = pause
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(submit, limit, index)
        assert counting.wait(WAIT)
        others = [threads.submit(submit, limit, index) for _ in range(8)]
        while limit._queues["acme", "cpu"].users < 9:
            Event().wait(0.001)
        go_on.set()
        assert all(one.result(WAIT) for one in (first, *others))
    assert index.counts <= 3


def test_a_count_that_fails_is_made_again_by_the_next() -> None:
    index = Index()
    limit = QueueLimit(index.count, 1)

    def fail() -> None:
        index.before_count = lambda: None
        raise ConnectionError

    index.before_count = fail
    with pytest.raises(ConnectionError):
        submit(limit, index)
    assert submit(limit, index)


def test_two_processes_let_in_the_limit_once_each_at_most() -> None:
    index = Index()
    processes = [QueueLimit(index.count, 5) for _ in range(2)]
    accepted = together(*[lambda limit=limit: submit(limit, index) for limit in processes * 20])
    assert 5 <= sum(accepted) <= 2 * 5
    assert not any(submit(limit, index) for limit in processes)


def test_a_large_count_serves_for_some_seconds_and_what_was_let_in_is_added() -> None:
    now = [0.0]
    index = Index({("acme", "cpu"): LARGE})
    limit = QueueLimit(index.count, LARGE + 3, clock=lambda: now[0])
    assert [submit(limit, index) for _ in range(5)] == [True, True, True, False, False]
    assert index.counts == 1
    index.write(change=-2)
    assert not submit(limit, index)
    now[0] = KEEP_SECONDS
    assert [submit(limit, index) for _ in range(3)] == [True, True, False]


def test_one_count_serves_for_some_seconds_while_it_leaves_room() -> None:
    index, now = Index({("acme", "cpu"): 1}), [0.0]
    limit = QueueLimit(index.count, 4, clock=lambda: now[0])
    assert [submit(limit, index) for _ in range(3)] == [True, True, True]
    assert index.counts == 1
    assert not submit(limit, index)
    assert index.counts == 2, "a refusal is never an old count's"
    index.write(change=-3)
    assert submit(limit, index)
    assert index.counts == 3
    assert submit(limit, index)
    assert index.counts == 3
    now[0] = KEEP_SECONDS
    assert submit(limit, index)
    assert index.counts == 4


def test_processes_with_old_counts_let_in_the_limit_once_each_and_then_nobody() -> None:
    """All have counted an empty queue; then each fills it, one after the other."""
    index, now = Index({("acme", "cpu"): 0}), [0.0]
    processes = [QueueLimit(index.count, 5, clock=lambda: now[0]) for _ in range(3)]
    for limit in processes:
        assert submit(limit, index)
    accepted = [submit(limit, index) for limit in processes for _ in range(40)]
    assert index.waiting["acme", "cpu"] == 3 + sum(accepted) <= 3 * 5
    for _ in range(3):
        now[0] += KEEP_SECONDS
        assert not any(submit(limit, index) for limit in processes)


def test_counts_are_kept_of_as_many_queues_as_is_said() -> None:
    index, now = Index(), [0.0]
    limit = QueueLimit(index.count, 5, clock=lambda: now[0])
    for number in range(MOST_QUEUES + 10):
        submit(limit, index, tenant=f"t-{number}")
    assert len(limit._queues) == MOST_QUEUES
    now[0] = KEEP_SECONDS
    submit(limit, index, tenant="t-0")
    assert ("t-0", "cpu") in limit._queues
    assert index.counts <= (MOST_QUEUES + 11) * ROUNDS


def test_a_tenant_with_a_limit_of_its_own_has_that_and_others_the_stacks() -> None:
    index = Index()
    limit = QueueLimit(index.count, 5)

    def let_in(tenant: str, own: int | None) -> int:
        for _ in range(20):
            with suppress(QueueFullError), limit.slot(tenant, "cpu", limit=own):
                index.write(tenant)
        with pytest.raises(QueueFullError, match=f"You have {own or 5} renders waiting"):
            limit._reserve(limit._enter(tenant, "cpu"), tenant, "cpu", 1, own or 5)
        return index.waiting[tenant, "cpu"]

    assert [let_in("small", 2), let_in("large", 9), let_in("usual", None)] == [2, 9, 5]


def test_a_count_that_stopped_at_a_smaller_limit_is_not_taken_for_a_larger_one() -> None:
    index = Index(waiting={("acme", "cpu"): 50})
    limit = QueueLimit(index.count, 5, clock=lambda: 0.0)
    for own in (3, 50):
        with pytest.raises(QueueFullError), limit.slot("acme", "cpu", limit=own):
            pass
    with limit.slot("acme", "cpu", limit=51):
        pass
