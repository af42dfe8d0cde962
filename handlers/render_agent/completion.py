"""Writes the outcome of an attempt into the table, and does with its message what follows from that."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.jobs.answers import FencedOff
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage, url_for
from handlers.jobs.model import Failure, Job
from handlers.jobs.states import JobState
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import WorkerJobs
from handlers.render_agent.attempt import Attempt, StopReason
from handlers.render_agent.logs import EventLog
from handlers.render_agent.outcome import Halted, Made, Outcome
from handlers.render_agent.ports import Inbox
from handlers.render_agent.retrying import TROUBLE, Retries, describe
from handlers.telemetry.metrics import RENDERS_ENDED
from handlers.telemetry.outcomes import outcome_of


@dataclass(frozen=True, kw_only=True)
class Completion:
    """Where outcomes go."""

    claims: WorkerJobs
    record: WorkerHeartbeats
    inbox: Inbox
    dispatcher: Dispatcher
    marks: DispatchMarks
    dead_letters: DeadLetters
    retries: Retries
    queue_url: str
    dead_letter_url: str
    attempt_limit: int
    now: Callable[[], float]

    def end(self, attempt: Attempt, outcome: Outcome, event_log: EventLog) -> None:
        """Ends the attempt.

        When the table stays unreachable the lease runs out and the sweeper does it instead.
        """
        try:
            after = self.retries.insist("end the attempt", lambda: self._write(attempt, outcome))
        except TryAgainLater as error:
            event_log.error("completion_failed", error=str(error))
            return
        if isinstance(after, FencedOff):
            self._let_go(attempt, event_log)
        else:
            _log_end(after, outcome, event_log)
            if after.state is JobState.QUEUED:
                self._send_next(after, event_log)
            elif after.owes_dead_letter:
                self._leave_letter(after, event_log)
        self._remove(attempt, event_log)

    def _write(self, attempt: Attempt, outcome: Outcome) -> Job | FencedOff:
        claim, now = attempt.claim, self.now()
        match outcome:
            case Made():
                return self.claims.complete(
                    claim, output=outcome.output, output_key=outcome.output_key, now=now
                )
            case Failure():
                return self.claims.fail(claim, outcome, attempt_limit=self.attempt_limit, now=now)
            case Halted():
                return self._write_halt(attempt, outcome.reason)

    def _write_halt(self, attempt: Attempt, reason: StopReason) -> Job | FencedOff:
        match reason:
            case StopReason.CANCELLED:
                return self.claims.cancelled(attempt.claim, now=self.now())
            case StopReason.INTERRUPTED:
                detail = "the instance has to go"
                return self.claims.release(attempt.claim, detail=detail, now=self.now())
            case StopReason.LEASE_LOST:
                return FencedOff.FENCED_OFF

    def _let_go(self, attempt: Attempt, event_log: EventLog) -> None:
        """Somebody else has the job; only this worker's own record still names it."""
        event_log.warn("fenced_off")
        claim = attempt.claim
        self._try(
            "free the worker",
            lambda: self.record.free(
                claim.instance_id, job_id=claim.job_id, attempt=claim.attempt, now=self.now()
            ),
            event_log,
        )

    def _send_next(self, job: Job, event_log: EventLog) -> None:
        """The next attempt needs a message; should this fail, the sweeper sends it."""
        message = RenderMessage(job_id=job.id, attempt=job.attempt)
        sent = self._try(
            "send the next attempt",
            lambda: self.dispatcher.send(url_for(self.queue_url, job.priority), message, tenant=job.tenant),
            event_log,
        )
        if sent:
            self._try(
                "mark the next attempt as sent",
                lambda: self.marks.mark(job.id, attempt=job.attempt, now=self.now()),
                event_log,
            )

    def _leave_letter(self, job: Job, event_log: EventLog) -> None:
        """The attempts are used up and a person may want to look; should this fail, the sweeper does it."""
        self._try(
            "leave a dead letter",
            lambda: self.dead_letters.leave(self.dead_letter_url, job, now=self.now()),
            event_log,
        )

    def _remove(self, attempt: Attempt, event_log: EventLog) -> None:
        """A message that stays comes back, finds no job waiting for its attempt, and is removed then."""
        self._try("remove the message", lambda: self.inbox.remove(attempt.delivery), event_log)

    def _try(self, what: str, action: Callable[[], object], event_log: EventLog) -> bool:
        """One try is enough for what others repair."""
        try:
            action()
        except TROUBLE as error:
            event_log.warn("aws_trouble", what=what, tries=1, error=describe(error))
            return False
        return True


def _log_end(after: Job, outcome: Outcome, event_log: EventLog) -> None:
    fields = {"state": after.state.value, **_reason(outcome)}
    ended = outcome_of(after)
    if ended is None:
        event_log.say("attempt_ended", **fields)
    else:
        event_log.measure("attempt_ended", {RENDERS_ENDED: 1}, outcome=ended.value, **fields)


def _reason(outcome: Outcome) -> dict[str, str | int | float | bool | None]:
    match outcome:
        case Failure():
            return {"failure_code": outcome.code.value, "failure_detail": outcome.detail}
        case Halted():
            return {"stopped": outcome.reason.value}
        case Made():
            return {"bytes": outcome.output.bytes, "duration_s": outcome.output.duration}
