"""What a tenant's renders have used, by the UTC day of their end: one item a day, and a mark for each job.

Whoever hears of a job's end adds it to its day. The mark of the job is written in the same transaction, so a
record of the stream that comes again, and a write whose answer was lost, add nothing. A job that ends again,
after an operator has queued it again, moves to its last end. Nothing that a customer waits for writes these
items, and no instance may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Final

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.customers.looks import events_of
from handlers.jobs.store.keys import Entity, Key
from handlers.jobs.store.reading import OnUnreadable, Reader, readable
from handlers.jobs.store.table import ABSENT, Condition, Put, Query, Table, equal
from handlers.jobs.store.writing import ROUNDS
from handlers.jobs.tenants.usage import usage

ACTIONS: Final = frozenset({"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"})
"""What counting calls; reading days is a query."""
KEPT_DAYS: Final = 400
MOST_SECONDS: Final = 1_000_000_000_000.0
"""Of a tenant's day; thirty thousand years."""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Renders by their end, and what they have used."""

    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    machine_seconds: float = 0.0
    video_seconds: float = 0.0

    def plus(self, other: "Totals", sign: int = 1) -> "Totals":
        """The sum; with sign -1 the difference, which is never below zero."""
        summed = {
            one.name: max(0, round(getattr(self, one.name) + sign * getattr(other, one.name), 3))
            for one in fields(self)
        }
        return Totals(**summed)


@dataclass(frozen=True, kw_only=True)
class UsageDay:
    """The totals of one day."""

    day: date
    totals: Totals


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One job as it is counted: in which day, as what, and after how many events."""

    day: date
    totals: Totals
    event_count: int


class UsageDays:
    """Counts ended jobs, and reads the days of a tenant."""

    def __init__(self, table: Table, on_unreadable: OnUnreadable) -> None:
        self._table, self._on_unreadable = table, on_unreadable

    def count(self, job: Job, *, now: float) -> bool:
        """Count an ended job; False when this end of it, or a later one, is counted already.

        Raises:
            TryAgainLater: others count for the same tenant all the time, or AWS is busy.
            UnreadableItemError: its mark or its day holds what this service never writes.
        """
        found = events_of(self._table, job.id, self._on_unreadable)
        events = [event for event in found if event.number <= job.event_count]
        used = usage(job, events, now=now)
        # Instances write the times of their jobs: no attempt is longer than its job, no end lies ahead.
        ended_at = min(job.updated_at if job.finished_at is None else job.finished_at, now)
        totals = Totals(
            **{job.state.value: 1},
            machine_seconds=min(used.machine_seconds, max(0.0, round(ended_at - job.created_at, 3))),
            video_seconds=used.video_seconds,
        )
        current = Counted(day=_day(ended_at), totals=totals, event_count=job.event_count)
        for _ in range(ROUNDS):
            earlier = self._counted(job.id)
            if earlier and earlier.event_count >= current.event_count:
                return False
            puts = [_mark(job, current, earlier), *self._day_puts(job.tenant, current, earlier)]
            if self._table.transact(puts):
                return True
        raise TryAgainLater(f"usage of {job.id}: overtaken {ROUNDS} times")

    def of_tenant(self, tenant: str, first: date, last: date) -> list[UsageDay]:
        """The days on which renders of the tenant have ended, in order, both ends included."""
        match = Condition(
            "#pk = :pk AND #sk BETWEEN :first AND :last",
            {
                ":pk": keys.usage_day(tenant, first).pk,
                ":first": keys.usage_day(tenant, first).sk,
                ":last": keys.usage_day(tenant, last).sk,
            },
        )
        return list(readable(self._table.query(Query(match=match)), _usage_day, self._on_unreadable))

    def _counted(self, job_id: str) -> Counted | None:
        item = self._table.get(keys.counted(job_id))
        if item is None:
            return None
        read = Reader(item)
        return Counted(
            day=date.fromisoformat(read.text("day")),
            totals=_totals(read),
            event_count=read.whole("event_count"),
        )

    def _day_puts(self, tenant: str, current: Counted, earlier: Counted | None) -> Sequence[Put]:
        """The days that change: that of this end, and that of the end that was counted before it."""
        days = {current.day: [(current.totals, 1)]}
        if earlier:
            days.setdefault(earlier.day, []).insert(0, (earlier.totals, -1))
        return [self._day_put(keys.usage_day(tenant, day), day, parts) for day, parts in days.items()]

    def _day_put(self, key: Key, day: date, parts: Sequence[tuple[Totals, int]]) -> Put:
        item = self._table.get(key)
        version = Reader(item).whole("version") if item else 0
        totals = _totals(Reader(item)) if item else Totals()
        for part, sign in parts:
            totals = totals.plus(part, sign)
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
        return Put(
            item={
                "pk": key.pk,
                "sk": key.sk,
                "entity": Entity.USAGE,
                "version": version + 1,
                "expires_at": int(end.timestamp()) + KEPT_DAYS * 86_400,
                **vars(totals),
            },
            condition=equal(version=version) if item else ABSENT,
        )


def _mark(job: Job, current: Counted, earlier: Counted | None) -> Put:
    key = keys.counted(job.id)
    item: Item = {
        "pk": key.pk,
        "sk": key.sk,
        "entity": Entity.COUNTED,
        "day": current.day.isoformat(),
        "event_count": current.event_count,
        # As long as the job may live: an operator who queues it again within its retention prolongs that
        # by its age.
        "expires_at": 2 * job.expires_at - int(job.created_at),
        **vars(current.totals),
    }
    return Put(item=item, condition=equal(event_count=earlier.event_count) if earlier else ABSENT)


def _totals(read: Reader) -> Totals:
    return Totals(
        succeeded=read.whole(JobState.SUCCEEDED.value),
        failed=read.whole(JobState.FAILED.value),
        cancelled=read.whole(JobState.CANCELLED.value),
        machine_seconds=read.number("machine_seconds", 0, MOST_SECONDS),
        video_seconds=read.number("video_seconds", 0, MOST_SECONDS),
    )


def _usage_day(item: Mapping[str, Value]) -> UsageDay:
    read = Reader(item)
    return UsageDay(day=date.fromisoformat(read.text("sk")), totals=_totals(read))


def _day(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()
