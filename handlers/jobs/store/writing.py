"""Writes a move: the job, on condition that it has not changed, and its event, in one transaction."""

from collections.abc import Callable, Iterator

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Job, Worker
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.items import event_to_item, job_from_item, job_to_item, worker_from_item
from handlers.jobs.store.table import Put, Table, Update, Write, equal
from handlers.jobs.transitions import Move

ROUNDS = 8


def read_job(table: Table, job_id: str) -> Job | None:
    """Read the job."""
    item = table.get(keys.job(job_id))
    return job_from_item(item) if item else None


def read_worker(table: Table, instance_id: str) -> Worker | None:
    """Read the worker."""
    item = table.get(keys.worker(instance_id))
    return worker_from_item(item) if item else None


def writes(move: Move, **guards: Value | None) -> Iterator[Write]:
    """The writes of a job's change and its event; `guards` are attributes that must be unchanged too."""
    if move.before is None:
        yield Put(item=job_to_item(move.after))
    else:
        yield Update(
            key=keys.job(move.before.id),
            changes=changes(move.before, move.after),
            condition=equal(
                state=move.before.state.value,
                attempt=move.before.attempt,
                event_count=move.before.event_count,
                **guards,
            ),
        )
    yield Put(item=event_to_item(move.event, move.after.expires_at))


def mark_done(table: Table, job: Job, *, owes: Callable[[Job], bool], done: Callable[[Job], Job]) -> bool:
    """Mark on an ended job that it no longer owes something; False when it owes that no more.

    The job stays in the index by state while it owes anything else.
    """
    for _ in range(ROUNDS):
        if not owes(job):
            return False
        update = Update(
            key=keys.job(job.id),
            changes=changes(job, done(job)),
            condition=equal(
                state=job.state.value,
                attempt=job.attempt,
                dead_letter_at=job.dead_letter_at,
                announced_at=job.announced_at,
            ),
        )
        if table.update(update) is not None:
            return True
        current = read_job(table, job.id)
        if current is None or current.attempt != job.attempt:
            return False
        job = current
    raise TryAgainLater(f"mark on {job.id}: overtaken {ROUNDS} times")


def changes(before: Job, after: Job) -> dict[str, Value | None]:
    """The attributes in which two versions of a job differ; None where one is gone."""
    old, new = job_to_item(before), job_to_item(after)
    return {name: new.get(name) for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)}
