"""The fleet: agents as they are deployed, their instances, and a scaler that drains idle ones."""

from contextlib import suppress
from functools import partial
from typing import Final

from handlers.jobs.answers import DrainAnswer, LeaseAnswer, Registration
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.render_queue import Dispatcher
from handlers.jobs.model import Output, WorkerState
from handlers.jobs.store import keys
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.table import PRESENT
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import WorkerJobs
from handlers.jobs.store.writing import read_job, read_worker
from handlers.render_agent.attempt import Attempt, StopReason
from handlers.render_agent.claiming import Claiming
from handlers.render_agent.completion import Completion
from handlers.render_agent.logs import EventLog
from handlers.render_agent.orders import Orders
from handlers.render_agent.outcome import Halted, Made, Outcome
from handlers.render_agent.retrying import Retries
from tests.handlers.life.chaos.ground import Ground
from tests.handlers.life.chaos.perils import AGENT, ATTEMPT, FUNCTION, IDLE_WORKER, Fault, Perils
from tests.handlers.life.chaos.schedule import Process
from tests.handlers.life.world import (
    FAILURE,
    LEASE,
    LETTERS,
    LIMIT,
    QUEUE,
    Crash,
    Inbox,
    Quiet,
    Sending,
    WatchedTable,
)

FLEET: Final = "cpu"
BOOT_S, RESTART_S, SCALING_S, POLL_S, ENDING_S = 60.0, 5.0, 15.0, 5.0, 60.0
FAILING: Final = 0.4
"""Share of the attempts whose engine crashes."""
RESTARTED: Final = 0.5
"""Share of the killed agents that start again on their instance."""
MADE: Final = Output(duration=1, width=64, height=64, bytes=5)


class Instances:
    """All instances of the fleet, whose number stays: for each that goes another is launched."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._launched, self._gone = ground, 0, set[str]()

    def launch(self, after: float = 0.0) -> None:
        """Another instance, whose agent starts after some seconds."""
        self._launched += 1
        self._ground.schedule.start(f"i-{self._launched}", self._live, after=after)

    def scale(self, process: Process) -> None:
        """The scaler: ends an idle instance now and then, which is gone some seconds later."""
        ground = self._ground
        while True:
            process.pause(SCALING_S)
            if ground.faults.draw(IDLE_WORKER, "scaler") is None:
                continue
            workers = FleetWorkers(WatchedTable(ground.table, Perils(process, ground.faults, FUNCTION)))
            with suppress(Crash, TryAgainLater):
                idle = [one for one in workers.of_fleet(FLEET) if one.state is WorkerState.IDLE]
                if not idle:
                    continue
                chosen = ground.chance.choice(idle).instance_id
                if workers.mark_draining(chosen) is DrainAnswer.MARKED:
                    ground.witness.drained(read_worker(ground.table, chosen))
                    ground.schedule.start(
                        f"end-{chosen}",
                        partial(self._end, chosen),
                        after=ground.chance.uniform(1, ENDING_S),
                    )

    def _end(self, instance: str, _: Process) -> None:
        self._gone.add(instance)

    def _live(self, process: Process) -> None:
        """An instance until it is taken back, drained or lost."""
        while True:
            killed = True
            with suppress(Crash):
                Agent(self._ground, process, self._gone).serve()
                killed = False
            if not killed or process.name in self._gone or self._ground.chance.random() >= RESTARTED:
                break
            process.pause(RESTART_S)
        # The scaler replaces a silent worker, whose record DynamoDB expires.
        self._ground.table.delete(keys.worker(process.name), PRESENT)
        self.launch(BOOT_S)


class Watched(Perils):
    """The calls of an agent; it makes none once its instance is gone."""

    gone: set[str]

    def call(self, name, action):  # type: ignore[no-untyped-def]
        if self._process.name in self.gone:
            raise Crash
        return super().call(name, action)


class Agent:
    """One process of an agent, from its start."""

    def __init__(self, ground: Ground, process: Process, gone: set[str]) -> None:
        self._ground, self._process = ground, process
        perils = Watched(process, ground.faults, AGENT)
        perils.gone = gone
        table, sqs = WatchedTable(ground.table, perils), Sending(ground.queues, perils)
        self._event_log = EventLog(stream=Quiet(), now=ground.clock)
        self._retries = Retries(
            event_log=self._event_log, pause=process.pause, hurried=lambda: False, random=ground.chance
        )
        self._orders = Orders(sleep=process.pause)
        self._record, self._claims = WorkerHeartbeats(table), WorkerJobs(table)
        self._inbox = Inbox(ground.queues, perils)
        self._claiming = self._claiming_by(Dispatcher(sqs))  # type: ignore[arg-type]
        self._completion = self._completion_by(table, sqs)

    def _claiming_by(self, dispatcher: Dispatcher) -> Claiming:
        return Claiming(
            instance_id=self._process.name,
            fleet=FLEET,
            inbox=self._inbox,
            dispatcher=dispatcher,
            queue_url=QUEUE,
            orders=self._orders,
            claims=self._claims,
            record=self._record,
            retries=self._retries,
            event_log=self._event_log,
            lease_seconds=LEASE,
            poll_seconds=0,
            now=self._ground.clock,
        )

    def _completion_by(self, table: WatchedTable, sqs: Sending) -> Completion:
        return Completion(
            claims=self._claims,
            record=self._record,
            inbox=self._inbox,
            dispatcher=Dispatcher(sqs),  # type: ignore[arg-type]
            marks=DispatchMarks(table),
            dead_letters=DeadLetters(sqs, table),  # type: ignore[arg-type]
            retries=self._retries,
            queue_url=QUEUE,
            dead_letter_url=LETTERS,
            attempt_limit=LIMIT,
            now=self._ground.clock,
        )

    def serve(self) -> None:
        """Take jobs until the instance has to go."""
        name, clock = self._process.name, self._ground.clock
        registration = self._retries.insist(
            "register", lambda: self._record.register(name, fleet=FLEET, now=clock())
        )
        if registration is Registration.DRAINING:
            return
        while not self._orders.leaving:
            try:
                attempt = self._claiming.next()
            except TryAgainLater:
                attempt = None
            if attempt is None:
                self._process.pause(POLL_S)
                continue
            self._ground.witness.begun(name, attempt.claim)
            outcome = self._render(attempt)
            self._completion.end(attempt, outcome, self._event_log)
            if isinstance(outcome, Halted) and outcome.reason is StopReason.INTERRUPTED:
                return

    def _render(self, attempt: Attempt) -> Outcome:
        ground, claim = self._ground, attempt.claim
        for _ in range(ground.chance.randint(1, 3)):
            self._process.pause(ground.chance.uniform(5, 20))
            if ground.faults.draw(ATTEMPT, self._process.name) is Fault.SPOT:
                ground.faults.unwell.add(self._process.name)
                return Halted(reason=StopReason.INTERRUPTED)
            renew = partial(self._claims.renew, claim, now=ground.clock(), lease_seconds=LEASE)
            match self._retries.insist("renew", renew):
                case LeaseAnswer.LOST:
                    return Halted(reason=StopReason.LEASE_LOST)
                case LeaseAnswer.CANCEL_REQUESTED:
                    return Halted(reason=StopReason.CANCELLED)
            ground.witness.held(claim, read_job(ground.table, claim.job_id))
            self._retries.insist("hold", lambda: self._inbox.hold(attempt.delivery, LEASE))
        if ground.chance.random() < FAILING:
            return FAILURE
        key = keys.video_object(attempt.job.tenant, attempt.job.id, claim.attempt)
        ground.witness.stored(key, already=key in ground.stored)
        ground.stored.add(key)
        return Made(output=MADE, output_key=key)
