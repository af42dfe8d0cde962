"""A store, a queue and ways to tell people, in memory; and a sweep of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Failure, Job
from handlers.jobs.states import JobState
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.deletions import Deletion
from handlers.sweeper.service import Rules, Sweeper, Swept
from tests.handlers.conftest import START, a_job

RULES = Rules(attempt_limit=3, dispatch_grace_seconds=30)
HOOK = "https://hooks.example.com"


@dataclass
class FakeStore:
    """Jobs left lying, and what becomes of them."""

    silent: list[Job] = field(default_factory=list)
    unmarked: list[Job] = field(default_factory=list)
    marked: list[Job] = field(default_factory=list)
    untold: list[Job] = field(default_factory=list)
    left_behind: list[Job] = field(default_factory=list)
    becomes: JobState | None = JobState.QUEUED
    failure: Failure | None = None
    busy: set[str] = field(default_factory=set)
    moved_on: set[str] = field(default_factory=set)
    out_of_reach: set[str] = field(default_factory=set)
    looks: list[str] = field(default_factory=list)

    def _of(self, fleet: str, jobs: list[Job]) -> Iterator[Job]:
        self.looks.append(fleet)
        if fleet in self.out_of_reach:
            raise TryAgainLater("query")
        yield from [job for job in jobs if job.fleet == fleet]

    def expired(self, fleet: str, *, now: float) -> Iterator[Job]:
        return self._of(fleet, self.silent)

    def expire(self, job: Job, *, attempt_limit: int, actor: str, now: float) -> Job | None:
        if job.id in self.busy:
            raise TryAgainLater("transaction")
        if self.becomes is None:
            return None
        return replace(job, state=self.becomes, attempt=job.attempt + 1, failure=self.failure)

    def unsent(self, fleet: str, *, queued_before: float) -> Iterator[Job]:
        return self._of(fleet, self.unmarked)

    def sent(self, fleet: str, *, sent_before: float) -> Iterator[Job]:
        old = [job for job in self.marked if (job.dispatched_at or 0) <= sent_before]
        return self._of(fleet, sorted(old, key=lambda job: job.dispatched_at or 0))

    def count_sent(self, fleet: str, *, at_most: int) -> int:
        return min(at_most, sum(job.fleet == fleet for job in self.marked))

    def waiting(self, job: Job) -> Job | None:
        return None if job.id in self.moved_on else job

    def mark_sent_again(self, job: Job, *, actor: str, now: float) -> Job | None:
        return replace(job, dispatched_at=now)

    def stranded(self, fleet: str, *, now: float) -> Iterator[Job]:
        return self._of(fleet, self.left_behind)

    def end_stranded(self, job: Job, *, actor: str, now: float) -> Job | None:
        return None if job.id in self.moved_on else replace(job, state=JobState.FAILED)

    def owing(self, fleet: str, *, ended_before: float) -> Iterator[Job]:
        return self._of(fleet, [job for job in self.untold if job.updated_at <= ended_before])


@dataclass
class FakeDeletions:
    """Deleted jobs, and what was erased of which."""

    waiting: list[Deletion] = field(default_factory=list)
    items_erased: list[str] = field(default_factory=list)
    files_erased: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    full: set[str] = field(default_factory=set)
    larger: set[str] = field(default_factory=set)

    def pending(self, *, now: float) -> Iterator[Deletion]:
        return iter(self.waiting)

    def erase_items(self, deletion: Deletion) -> None:
        self.items_erased.append(deletion.id)

    def erase(self, deletion: Deletion) -> bool:
        if deletion.id in self.full:
            raise TryAgainLater("erase")
        self.files_erased.append(deletion.id)
        return deletion.id not in self.larger

    def erase_asset(self, deletion: AssetDeletion) -> bool:
        if deletion.id in self.full:
            raise TryAgainLater("erase")
        self.files_erased.append(deletion.id)
        return deletion.id not in self.larger

    def mark_erased(self, deletion: Deletion, *, now: float) -> None:
        self.marked.append(deletion.id)


@dataclass
class FakeAssetDeletions:
    """Deleted assets, and which were marked as erased."""

    waiting: list[AssetDeletion] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)

    def pending(self, *, now: float) -> Iterator[AssetDeletion]:
        return iter(self.waiting)

    def mark_erased(self, deletion: AssetDeletion, *, now: float) -> None:
        self.marked.append(deletion.id)


@dataclass
class FakeTelling:
    """Of which jobs somebody was told; those in `full` cannot be told."""

    told: list[str] = field(default_factory=list)
    full: set[str] = field(default_factory=set)

    def leave(self, job: Job, *, now: float) -> None:
        self.queue(job, now=now)

    def queue(self, job: Job, *, now: float) -> bool:
        if job.id in self.full:
            raise TryAgainLater("tell")
        self.told.append(job.id)
        return True


@dataclass
class FakeQueue:
    """What was sent and marked; jobs in `full` cannot be sent."""

    sent: list[tuple[str, int]] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    full: set[str] = field(default_factory=set)
    mistaken: set[str] = field(default_factory=set)
    depth: int = 0
    asked: list[str] = field(default_factory=list)

    def send(self, job: Job) -> None:
        if job.id in self.mistaken:
            raise RuntimeError("no such group")
        if job.id in self.full:
            raise TryAgainLater("send")
        self.sent.append((job.id, job.attempt))

    def mark(self, job: Job, *, now: float) -> None:
        self.marked.append(job.id)

    def waiting(self, fleet: str) -> int:
        self.asked.append(fleet)
        return self.depth


def a_sweeper(
    store: FakeStore,
    queue: FakeQueue | None = None,
    letters: FakeTelling | None = None,
    webhooks: FakeTelling | None = None,
    removed: Sequence[str] = (),
    deletions: FakeDeletions | None = None,
    asset_deletions: FakeAssetDeletions | None = None,
) -> Sweeper:
    deletions = deletions or FakeDeletions()
    return Sweeper(
        store=store,
        deletions=deletions,
        asset_deletions=asset_deletions or FakeAssetDeletions(),
        files=deletions,
        queue=queue or FakeQueue(),
        letters=letters or FakeTelling(),
        webhooks=webhooks or FakeTelling(),
        rules=RULES,
        removed=removed,
    )


def swept(sweeper: Sweeper, *fleets: str, now: float = START, steps: int = 10**9) -> Swept:
    """A sweep that has time for so many steps; a look that finds nothing more is one, too."""
    left = iter(range(steps))
    return sweeper.sweep(fleets or ["cpu"], now=now, in_time=lambda: next(left, None) is not None)


def many(number: int, **fields: object) -> list[Job]:
    return [a_job(now=START, **fields) for _ in range(number)]
