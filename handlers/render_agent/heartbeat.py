"""The heartbeat: says that the worker lives, keeps what it holds, and hears what it is to do."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Self

from handlers.jobs.answers import LeaseAnswer, Registration
from handlers.jobs.model import Worker, WorkerState
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from handlers.jobs.tracing import log_fields
from handlers.render_agent.attempt import Attempt, StopReason
from handlers.render_agent.logs import EventLog
from handlers.render_agent.orders import LeaveReason, Orders
from handlers.render_agent.ports import Group, Inbox, Instance
from handlers.render_agent.retrying import TROUBLE, describe
from handlers.render_agent.workspace import Workspace

LOOK_SECONDS = 5.0
"""How often the job is looked at for a cancellation or a lost lease, and its progress may be reported."""
PROGRESS_SECONDS = 15.0
"""How often the progress of an attempt is reported once it is half a minute old; before, in pauses of half
its age."""


@dataclass(kw_only=True)
class Heartbeat:
    """One heartbeat after the other; every part of one is independent of the others' trouble."""

    instance_id: str
    fleet: str
    record: WorkerHeartbeats
    claims: WorkerJobs
    inbox: Inbox
    group: Group
    instance: Instance
    workspace: Workspace
    orders: Orders
    event_log: EventLog
    lease_seconds: int
    job_seconds: float
    now: Callable[[], float]
    attempt: Attempt | None = None
    leftover: Claim | None = None
    """What the worker's record named at the latest heartbeat although nothing is kept alive."""
    _held_since: float = field(default=0.0)
    _lease_ends: float = field(default=0.0)
    _reported_at: float = field(default=0.0)

    def hold(self, attempt: Attempt | None) -> None:
        """From now on this attempt is kept alive; None when there is none."""
        self._held_since, self._reported_at = self.now(), 0.0
        self._lease_ends = attempt.job.lease_expires_at or 0.0 if attempt else 0.0
        self.attempt = attempt

    def beat(self) -> None:
        """A whole heartbeat."""
        self._part("heartbeat", self._speak)
        self._part("look at the instance", self._look)
        self.keep()

    def keep(self) -> None:
        """Only what the attempt needs: hear of it, its lease when a third of that is left, and its progress.

        A renewal is a write to the table and to two indexes; a look reads one item.
        """
        attempt = self.attempt
        if attempt is None or self._lost(attempt):
            return
        if self._lease_ends - self.now() > self.lease_seconds / 3:
            self._part("look at the job", lambda: self._obey(attempt, self.claims.look(attempt.claim)))
        else:
            self._part("renew the lease", lambda: self._renew(attempt))
            self._part("hold the message", lambda: self.inbox.hold(attempt.delivery, self.lease_seconds))
        if attempt.has_news and not self._lost(attempt) and self._may_report():
            self._part("report the progress", lambda: self._report(attempt))

    def _speak(self) -> None:
        worker = self.record.heartbeat(self.instance_id, now=self.now())
        if worker is None and self.orders.leaving:
            return
        if worker is None:
            self.event_log.warn("worker_unknown")
            answer = self.record.register(self.instance_id, fleet=self.fleet, now=self.now())
            marked = answer is Registration.DRAINING
        else:
            marked = worker.state is WorkerState.DRAINING
            self.leftover = None if self.attempt else _named(worker)
        if marked and not self.orders.leaving:
            self._leave(LeaveReason.MARKED)
        self.workspace.touch_health()

    def _look(self) -> None:
        if self.instance.is_interrupted():
            self._leave(LeaveReason.SPOT)
        if self.instance.is_terminating():
            self._leave(LeaveReason.TERMINATING)
            if self.attempt:
                self.group.still_leaving(self.instance_id)

    def _leave(self, reason: LeaveReason) -> None:
        """The order first: it must hold although the table may be unreachable."""
        if self.orders.leave(reason):
            self.event_log.say("draining", reason=reason.value)
            if reason is not LeaveReason.MARKED:
                self.record.start_draining(self.instance_id)

    def _renew(self, attempt: Attempt) -> None:
        now = self.now()
        answer = self.claims.renew(attempt.claim, now=now, lease_seconds=self.lease_seconds)
        self._lease_ends = now + self.lease_seconds
        self._obey(attempt, answer)

    def _obey(self, attempt: Attempt, answer: LeaseAnswer) -> None:
        if answer is LeaseAnswer.LOST and self.attempt is attempt:
            self.event_log.warn("lease_lost", **log_fields(attempt.job))
            attempt.ask_to_stop(StopReason.LEASE_LOST)
        elif answer is LeaseAnswer.CANCEL_REQUESTED:
            attempt.ask_to_stop(StopReason.CANCELLED)

    def _report(self, attempt: Attempt) -> None:
        percent, stage = attempt.progress, attempt.stage
        self.claims.report(attempt.claim, percent=percent, stage=stage, expires_at=attempt.job.expires_at)
        attempt.reported, self._reported_at = (percent, stage), self.now()

    def _may_report(self) -> bool:
        now = self.now()
        return now - self._reported_at >= min(PROGRESS_SECONDS, (now - self._held_since) / 2)

    def _lost(self, attempt: Attempt) -> bool:
        """The lease is gone, or let go: a main loop that hangs must not keep its job forever."""
        return attempt.stop is StopReason.LEASE_LOST or self.now() - self._held_since > self.job_seconds

    def _part(self, what: str, action: Callable[[], None]) -> None:
        try:
            action()
        except TROUBLE as error:
            self.event_log.warn("aws_trouble", what=what, tries=1, error=describe(error))


def _named(worker: Worker) -> Claim | None:
    if worker.job_id is None or worker.attempt is None:
        return None
    return Claim(job_id=worker.job_id, attempt=worker.attempt, instance_id=worker.instance_id)


class Ticking:
    """Runs a heartbeat in a thread of its own until the block ends."""

    def __init__(self, heartbeat: Heartbeat, *, heartbeat_seconds: float) -> None:
        self._heartbeat, self._heartbeat_seconds = heartbeat, heartbeat_seconds
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="heartbeat")
        self._future: Future[None] | None = None

    def __enter__(self) -> Self:
        self._future = self._pool.submit(self._tick)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._pool.shutdown(wait=True)

    def check(self) -> None:
        """Raises what ended the thread, if anything did: an agent without heartbeat must not go on."""
        if self._future and self._future.done():
            self._future.result()

    def _tick(self) -> None:
        due = time.monotonic() + self._heartbeat_seconds
        while not self._ended.wait(min(LOOK_SECONDS, max(0.0, due - time.monotonic()))):
            if time.monotonic() < due:
                self._heartbeat.keep()
                continue
            self._heartbeat.beat()
            due = time.monotonic() + self._heartbeat_seconds
