"""The life of the agent: join the fleet, take one job after the other, leave."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from handlers.jobs.model import Failure, Priority
from handlers.jobs.reasons import FailureCode
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.tracing import log_fields, trace_id_of
from handlers.render_agent.attempt import Attempt
from handlers.render_agent.claiming import Claiming
from handlers.render_agent.completion import Completion
from handlers.render_agent.heartbeat import Heartbeat
from handlers.render_agent.logs import EventLog, Field
from handlers.render_agent.orders import LeaveReason, Orders
from handlers.render_agent.outcome import CRASHES, OUT_OF_MEMORY, Made, Outcome
from handlers.render_agent.ports import Group, Instance
from handlers.render_agent.rendering import Rendering
from handlers.render_agent.retrying import TROUBLE, Retries, describe
from handlers.render_agent.workspace import Workspace
from handlers.telemetry.metrics import BOOT, BOOTSTRAP, RENDER_WAIT

Answer = TypeVar("Answer")

CRASHED_JOBS_UNTIL_QUARANTINE = 3
DRAIN_LOOK_SECONDS = 1.0


class Beating(Protocol):
    """The thread that carries the heartbeat."""

    def check(self) -> None:
        """Raises what ended it."""


@dataclass(kw_only=True)
class Agent:
    """One worker on one instance."""

    instance_id: str
    fleet: str
    record: WorkerHeartbeats
    group: Group
    instance: Instance
    workspace: Workspace
    claiming: Claiming
    rendering: Rendering
    completion: Completion
    heartbeat: Heartbeat
    orders: Orders
    retries: Retries
    event_log: EventLog
    now: Callable[[], float]
    launched_at: float | None
    started_at: float
    _crashed: set[str] = field(default_factory=set)

    def join(self) -> bool:
        """Enters the fleet; False when the instance is already on its way out."""
        self.workspace.prepare()
        insist = self.retries.long().insist
        if insist("look at the instance", self._doomed):
            self.event_log.say("joined_too_late")
            self._deregister(keep=True)
            insist("let the instance go", lambda: self.group.may_terminate(self.instance_id))
            return False
        registration = insist(
            "register", lambda: self.record.register(self.instance_id, fleet=self.fleet, now=self.now())
        )
        self.event_log.say("registered", verdict=registration.value)
        self.heartbeat.beat()
        waited = insist("complete the launch", lambda: self.group.launched(self.instance_id))
        self._say_launched(hook_was_waiting=waited)
        return True

    def _say_launched(self, *, hook_was_waiting: bool) -> None:
        """The boot is measured where it ends; an agent that was only restarted has booted nothing."""
        if self.launched_at is None or not hook_was_waiting:
            self.event_log.say("launch_completed", hook_was_waiting=hook_was_waiting)
            return
        boot = {
            BOOTSTRAP: max(0.0, self.started_at - self.launched_at),
            BOOT: self.event_log.since(self.launched_at),
        }
        self.event_log.measure("launch_completed", boot, hook_was_waiting=True)

    def serve(self, beating: Beating) -> None:
        """Take jobs until the agent must leave."""
        troubles = 0
        while not self.orders.leaving:
            beating.check()
            self._free_leftover()
            try:
                attempt = self.claiming.next()
            except TROUBLE as error:
                troubles += 1
                self.event_log.warn("aws_trouble", what="take a job", tries=troubles, error=describe(error))
                self.orders.pause(self.retries.seconds_before(min(troubles, self.retries.tries)))
                continue
            troubles = 0
            if attempt:
                self.work(attempt)

    def work(self, attempt: Attempt) -> None:
        """One attempt from its claim to its end."""
        job = attempt.job
        event_log = self.event_log.about(**log_fields(job))
        claimed: dict[str, Field] = {
            "tenant": job.tenant,
            "message_id": attempt.delivery.message_id,
            "receives": attempt.delivery.receive_count,
            "wait_s": attempt.wait_seconds,
        }
        # Nobody has said how soon a bulk job shall start, so its wait says nothing about the fleet.
        if job.attempt == 1 and job.priority is Priority.NORMAL:
            event_log.measure("job_claimed", {RENDER_WAIT: attempt.wait_seconds}, **claimed)
        else:
            event_log.say("job_claimed", **claimed)
        self.heartbeat.hold(attempt)
        try:
            outcome = self.rendering.perform(attempt, event_log)
        finally:
            self.heartbeat.hold(None)
        self.completion.end(attempt, outcome, event_log)
        self._count(attempt, outcome)

    def await_termination(self, beating: Beating) -> None:
        """Whoever marked the worker ends the instance next; its termination hook waits for this agent."""
        if not (self.orders.has(LeaveReason.MARKED) or self.orders.has(LeaveReason.QUARANTINE)):
            return
        self.event_log.say("waiting_for_termination")
        while not self.orders.urgent and not self.orders.has(LeaveReason.TERMINATING):
            beating.check()
            self._free_leftover()
            try:
                if self.instance.is_terminating():
                    self.orders.leave(LeaveReason.TERMINATING)
                    return
            except TROUBLE as error:
                self.event_log.warn(
                    "aws_trouble", what="look at the instance", tries=1, error=describe(error)
                )
            self.orders.pause(DRAIN_LOOK_SECONDS)

    def leave(self) -> None:
        """Takes the worker out of the table and lets the instance go; the heartbeat must have ended."""
        self.workspace.remove_health()
        terminating = self.orders.has(LeaveReason.TERMINATING)
        # A mark without termination is still the scaler's: a restarted agent must find it and stay out.
        if terminating or not self.orders.has(LeaveReason.MARKED):
            self._deregister(keep=self.orders.has(LeaveReason.SPOT) and not terminating)
        if terminating:
            waited = self._try("let the instance go", lambda: self.group.may_terminate(self.instance_id))
            self.event_log.say("termination_completed", hook_was_waiting=waited)
        self.event_log.say("agent_left")

    def _free_leftover(self) -> None:
        """Frees the worker of an attempt whose end, or whose claim, nobody could write down or read.

        Otherwise the scaler would take it for busy, and never let its instance go. Only between two attempts:
        the record then names none that goes on.
        """
        left, self.heartbeat.leftover = self.heartbeat.leftover, None
        if left is None:
            return
        try:
            freed = self.retries.once().insist(
                "free the worker",
                lambda: self.record.free(
                    left.instance_id, job_id=left.job_id, attempt=left.attempt, now=self.now()
                ),
            )
        except TROUBLE:
            return  # the next heartbeat tells of it again
        if freed:
            named = {"job": left.job_id, "trace_id": trace_id_of(left.job_id)}
            self.event_log.warn("leftover_freed", **named, attempt=left.attempt)

    def _deregister(self, *, keep: bool = False) -> None:
        """Only a draining record may be removed, so that no claim can slip in between.

        An interrupted instance stays in service for up to two minutes: without a record it would be taken for
        one that boots, with one that is draining it is replaced at once.
        """
        self._try("start draining", lambda: self.record.start_draining(self.instance_id))
        if keep:
            return
        gone = self._try("leave", lambda: self.record.leave(self.instance_id))
        self.event_log.say("deregistered", record_removed=bool(gone))

    def _doomed(self) -> bool:
        return self.instance.is_terminating() or self.instance.is_interrupted()

    def _count(self, attempt: Attempt, outcome: Outcome) -> None:
        """Asks for another instance where this one is suspect.

        Several different jobs whose engine crashed in a row say more about the machine than about them; and
        a process of an engine that cannot be ended could read the next customer's assets.
        """
        if isinstance(outcome, Made):
            self._crashed.clear()
        elif isinstance(outcome, Failure) and self._may_be_the_machines(outcome):
            self._crashed.add(attempt.job.id)
        suspect = attempt.survivors or len(self._crashed) >= CRASHED_JOBS_UNTIL_QUARANTINE
        if suspect and self.orders.leave(LeaveReason.QUARANTINE):
            self.event_log.error("quarantined", crashed_jobs=len(self._crashed))
            self._try("start draining", lambda: self.record.start_draining(self.instance_id))
            self._try("report unhealthy", lambda: self.group.unhealthy(self.instance_id))

    def _may_be_the_machines(self, failure: Failure) -> bool:
        if failure.code is FailureCode.DISK_UNAVAILABLE:
            return not self.workspace.has_room()
        return failure.code in CRASHES and failure != OUT_OF_MEMORY

    def _try(self, what: str, action: Callable[[], Answer]) -> Answer | None:
        """Insists, and goes on without: an agent that leaves must not be held up by it."""
        try:
            return self.retries.insist(what, action)
        except TROUBLE:
            return None
