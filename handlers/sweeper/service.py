"""One sweep: repairs what was lost on the way, and erases what is left of deleted renders and assets.

Jobs of silent workers return to the queue; missing messages, dead letters and webhooks are sent.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.deletions import Deletion
from handlers.sweeper.lost_messages import lost
from handlers.sweeper.ports import AssetDeletions, DeadLetters, Deletions, Files, Queue, Store, Webhooks

ACTOR = "sweeper"

AT_ONCE = 1000
"""Jobs that one sweep touches; their ids must fit into one log event (256 KB)."""
SWEEP_SECONDS = 60
"""A sweep begins every minute."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """When a job counts as overdue, and how often it may be tried."""

    attempt_limit: int
    dispatch_grace_seconds: int


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a sweep did, by job; `postponed` is left for the next sweep because AWS was busy.

    `mistakes` is what no later sweep can do either: an operator must act. `left` names the chores that it
    had no time to finish. `jobs` has every job named here but the erased ones, under its id, as the sweep
    left it; `touched` is everything that it was busy with.
    """

    returned: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    sent_again: list[str] = field(default_factory=list)
    dead_letters: list[str] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    postponed: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)

    def repairs(self, job_id: str) -> list[str]:
        """What was done for a job, in the words of the fields above."""
        named = {
            "returned": self.returned,
            "ended": self.ended,
            "sent_again": self.sent_again,
            "dead_letters": self.dead_letters,
            "webhooks": self.webhooks,
            "postponed": self.postponed,
        }
        return [name for name, ids in named.items() if job_id in ids]


Found = TypeVar("Found", Job, Deletion, AssetDeletion)


@dataclass(frozen=True, kw_only=True)
class Chore(Generic[Found]):
    """One kind of repair: the jobs that need it, or the deleted ones, and what to do with each."""

    name: str
    found: Iterator[Found]
    repair: Callable[[Found, Swept, float], None]

    def step(self, swept: Swept, now: float) -> bool:
        """Repair the next one; False when there is none."""
        one: Found | None = None
        with _guarded(self.name, swept):
            one = next(self.found, None)
        if one is None:
            return False
        swept.touched.append(one.id)
        if isinstance(one, Job):
            swept.jobs[one.id] = one
        with _guarded(one.id, swept):
            self.repair(one, swept, now)
        return True


AnyChore: TypeAlias = Chore[Job] | Chore[Deletion] | Chore[AssetDeletion]


@dataclass(frozen=True, kw_only=True)
class Sweeper:
    """Sweeps fleets; sweeping twice, or concurrently, changes nothing more."""

    store: Store
    deletions: Deletions
    asset_deletions: AssetDeletions
    files: Files
    queue: Queue
    letters: DeadLetters
    webhooks: Webhooks
    rules: Rules
    removed: Sequence[str] = ()

    def sweep(self, fleets: Sequence[str], *, now: float, in_time: Callable[[], bool]) -> Swept:
        """Repair the overdue jobs of the fleets, and of removed ones, until time runs out.

        Chores take turns, one job each, so no fleet or kind of repair waits for another to finish. The first
        chore changes from minute to minute, so that each gets its turn even when time is very short.
        """
        swept = Swept()
        chores = deque(self._chores(fleets, now))
        chores.rotate(-int(now // SWEEP_SECONDS))
        while chores:
            if len(swept.touched) >= AT_ONCE or not in_time():
                swept.left.extend(chore.name for chore in chores)
                break
            chore = chores.popleft()
            if chore.step(swept, now):
                chores.append(chore)
        return swept

    def _chores(self, fleets: Sequence[str], now: float) -> Iterator[AnyChore]:
        yield Chore(name="deleted renders", found=self.deletions.pending(now=now), repair=self._erase)
        files = self.asset_deletions.pending(now=now)
        yield Chore(name="deleted assets", found=files, repair=self._erase_asset)
        overdue = now - self.rules.dispatch_grace_seconds
        for fleet in fleets:
            expired = self.store.expired(fleet, now=now)
            yield Chore(name=f"{fleet}: expired leases", found=expired, repair=self._take_back)
            unsent = self.store.unsent(fleet, queued_before=overdue)
            yield Chore(name=f"{fleet}: messages never sent", found=unsent, repair=self._send_again)
            missing = lost(self.store, self.queue, fleet, now=now, sent_before=overdue)
            yield Chore(name=f"{fleet}: messages lost", found=missing, repair=self._send_again)
            owing = self.store.owing(fleet, ended_before=overdue)
            yield Chore(name=f"{fleet}: letters and webhooks", found=owing, repair=self._tell)

        for fleet in self.removed:
            stranded = self.store.stranded(fleet, now=now)
            yield Chore(name=f"{fleet}: renders of a removed fleet", found=stranded, repair=self._end)
            owing = self.store.owing(fleet, ended_before=overdue)
            yield Chore(name=f"{fleet}: webhooks of a removed fleet", found=owing, repair=self._announce)

    def _erase(self, deletion: Deletion, swept: Swept, now: float) -> None:
        """Remove all content, then say so: whatever ends a sweep in between, the next one starts over."""
        self.deletions.erase_items(deletion)
        if self.files.erase(deletion):
            self.deletions.mark_erased(deletion, now=now)
            swept.erased.append(deletion.id)

    def _erase_asset(self, deletion: AssetDeletion, swept: Swept, now: float) -> None:
        if self.files.erase_asset(deletion):
            self.asset_deletions.mark_erased(deletion, now=now)
            swept.erased.append(deletion.id)

    def _end(self, job: Job, swept: Swept, now: float) -> None:
        after = self.store.end_stranded(job, actor=ACTOR, now=now)
        if after is not None:
            swept.jobs[after.id] = after
            swept.ended.append(after.id)  # its webhook follows from the stream

    def _take_back(self, job: Job, swept: Swept, now: float) -> None:
        after = self.store.expire(job, attempt_limit=self.rules.attempt_limit, actor=ACTOR, now=now)
        if after is None:
            return
        swept.jobs[after.id] = after
        if after.state is not JobState.QUEUED:
            swept.ended.append(after.id)
            # The stream triggers its webhook.
            self._leave_letter(after, swept, now)
            return
        swept.returned.append(after.id)
        self.queue.send(after)
        self.queue.mark(after, now=now)

    def _send_again(self, job: Job, swept: Swept, now: float) -> None:
        current = self.store.waiting(job)
        if current is None:
            return
        self.queue.send(current)
        if self.store.mark_sent_again(current, actor=ACTOR, now=now):
            swept.sent_again.append(job.id)

    def _tell(self, job: Job, swept: Swept, now: float) -> None:
        with _guarded(job.id, swept):
            self._leave_letter(job, swept, now)
        self._announce(job, swept, now)

    def _announce(self, job: Job, swept: Swept, now: float) -> None:
        if self.webhooks.queue(job, now=now):
            swept.webhooks.append(job.id)

    def _leave_letter(self, job: Job, swept: Swept, now: float) -> None:
        if job.owes_dead_letter:
            self.letters.leave(job, now=now)
            swept.dead_letters.append(job.id)


@contextmanager
def _guarded(name: str, swept: Swept) -> Iterator[None]:
    """Run one step; an error in one job or chore does not stop the others."""
    try:
        yield
    except TryAgainLater:
        swept.postponed.append(name)
    except Exception as error:
        swept.mistakes.append(f"{name}: {type(error).__name__}: {error}"[:300])
