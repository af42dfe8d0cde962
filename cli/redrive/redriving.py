"""Redrives jobs: one by its id, or all that have a dead letter."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import boto3

from cli.exits import Exit
from cli.redrive.dead_letter_queue import DeadLetterQueue
from cli.redrive.stack_endpoints import StackEndpoints
from handlers.jobs.answers import RedriveRefusal
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage, url_for
from handlers.jobs.states import JobState
from handlers.jobs.store import table as tables
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.failed_jobs import OPERATOR, FailedJobs, Redriven
from handlers.jobs.store.overdue_jobs import OverdueJobs


class Outcome(StrEnum):
    """The result for one job."""

    REDRIVEN = "redriven"
    SENT_AGAIN = "sent_again"
    UNDER_WAY = "under_way"
    DONE = "done"
    CANCELLED = "cancelled"
    PERMANENT = "permanent"
    NO_SUCH_JOB = "no_such_job"
    UNREADABLE = "unreadable"
    RECORD_UNREADABLE = "record_unreadable"


TEXTS = {
    Outcome.REDRIVEN: "queued again, with all its attempts",
    Outcome.SENT_AGAIN: "was already queued; its message was sent again",
    Outcome.UNDER_WAY: "is already rendering; left alone",
    Outcome.DONE: "already has its video; left alone",
    Outcome.CANCELLED: "was cancelled by its customer; a cancelled render is not redriven",
    Outcome.PERMANENT: "failed permanently ({reason}) and would fail again; fix the cause, then use --force",
    Outcome.NO_SUCH_JOB: "there is no such render; it may have expired",
    Outcome.RECORD_UNREADABLE: (
        "its item in the table holds what Clip-It never writes, so nothing was done; "
        "docs/security.md says what to look at"
    ),
    Outcome.UNREADABLE: "a message on the dead-letter queue is not a render message; it was left there",
}
EXITS = {
    Outcome.CANCELLED: Exit.REFUSED,
    Outcome.PERMANENT: Exit.REFUSED,
    Outcome.NO_SUCH_JOB: Exit.FAILED,
    Outcome.UNREADABLE: Exit.FAILED,
    Outcome.RECORD_UNREADABLE: Exit.FAILED,
}
KEPT = frozenset({Outcome.PERMANENT, Outcome.UNREADABLE, Outcome.RECORD_UNREADABLE})
"""Results whose letters stay on the queue; letters of other refused jobs are useless."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One job and its result."""

    job: str
    outcome: Outcome
    reason: str = ""

    @property
    def text(self) -> str:
        """The result as a sentence."""
        return TEXTS[self.outcome].format(reason=self.reason)

    @property
    def exit(self) -> Exit:
        """The exit code of the result."""
        return EXITS.get(self.outcome, Exit.OK)


def exit_of(done: Iterable[Result], *, everything: bool) -> Exit:
    """The exit code of the command; with --all, only letters that had to stay count."""
    return max((one.exit for one in done if not everything or one.outcome in KEPT), default=Exit.OK)


class Redriving:
    """Redrives failed jobs for an operator."""

    def __init__(self, endpoints: StackEndpoints, clock: Callable[[], float] = time.time) -> None:
        self._endpoints, self._clock = endpoints, clock
        self._sqs = boto3.client("sqs", region_name=endpoints.region)
        self._table = tables.connect(endpoints.table, endpoints.region)
        caller = boto3.client("sts", region_name=endpoints.region).get_caller_identity()["Arn"]
        self._actor = f"{OPERATOR}:{caller.rpartition('/')[2]}"

    def one(self, job_id: str, *, force: bool) -> Sequence[Result]:
        """Try a failed job again and remove its letters, if any."""
        result = self._redrive(job_id, force=force)
        job = CustomerJobs(self._table).get(job_id) if result.exit is Exit.OK else None
        if job is not None:
            with DeadLetterQueue(self._sqs, self._endpoints.dead_letter_queue(job.fleet)) as letters:
                for letter in letters:
                    if letter.job == job_id:
                        letters.remove(letter)
        return [result]

    def all_of(self, fleet: str, *, force: bool) -> Sequence[Result]:
        """Try the job of every dead letter of a fleet again; removes letters that are no longer needed."""
        done: dict[str, Result] = {}
        with DeadLetterQueue(self._sqs, self._endpoints.dead_letter_queue(fleet)) as letters:
            for letter in letters:
                if letter.job is None:
                    done[letter.id] = Result(job="", outcome=Outcome.UNREADABLE)
                    continue
                if letter.job not in done:
                    done[letter.job] = self._redrive(letter.job, force=force)
                if done[letter.job].outcome not in KEPT:
                    letters.remove(letter)
        return list(done.values())

    def _redrive(self, job_id: str, *, force: bool) -> Result:
        now = round(self._clock(), 3)
        answer = FailedJobs(self._table).redrive(job_id, actor=self._actor, now=now, force=force)
        match answer:
            case Redriven():
                return Result(job=job_id, outcome=self._send(answer, now))
            case RedriveRefusal.NO_SUCH_JOB:
                return Result(job=job_id, outcome=Outcome.NO_SUCH_JOB)
            case RedriveRefusal.UNREADABLE:
                return Result(job=job_id, outcome=Outcome.RECORD_UNREADABLE)
            case RedriveRefusal.CANCELLED:
                return Result(job=job_id, outcome=Outcome.CANCELLED)
            case RedriveRefusal.PERMANENT:
                job = CustomerJobs(self._table).get(job_id)
                code = job.failure.code.value if job and job.failure else "unknown"
                return Result(job=job_id, outcome=Outcome.PERMANENT, reason=code)

    def _send(self, redriven: Redriven, now: float) -> Outcome:
        """Send a queued job's message; a second one is harmless, and the sweeper sends a missing one."""
        job = redriven.job
        if job.state is not JobState.QUEUED:
            return Outcome.DONE if job.state is JobState.SUCCEEDED else Outcome.UNDER_WAY
        message = RenderMessage(job_id=job.id, attempt=job.attempt)
        queue = url_for(self._endpoints.queue(job.fleet), job.priority)
        Dispatcher(self._sqs).send(queue, message, tenant=job.tenant)
        if not redriven.requeued:
            OverdueJobs(self._table).mark_sent_again(job, actor=self._actor, now=now)
            return Outcome.SENT_AGAIN
        DispatchMarks(self._table).mark(job.id, attempt=job.attempt, now=now)
        return Outcome.REDRIVEN
