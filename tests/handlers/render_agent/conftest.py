"""An agent on a real (moto) table, fakes for everything else, and a fake engine that really runs."""

import errno
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage, encode
from handlers.jobs.model import Job, Priority, Worker
from handlers.jobs.store.compositions import Compositions
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.table import Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import WorkerJobs
from handlers.jobs.store.writing import read_worker
from handlers.render_agent.attempt import Delivery
from handlers.render_agent.claiming import Claiming
from handlers.render_agent.completion import Completion
from handlers.render_agent.engine.confinement import Confinement
from handlers.render_agent.heartbeat import Heartbeat
from handlers.render_agent.logs import EventLog
from handlers.render_agent.orders import Orders
from handlers.render_agent.rendering import Rendering
from handlers.render_agent.retrying import Retries
from handlers.render_agent.service import Agent
from handlers.render_agent.workspace import Workspace
from tests.handlers.render_agent.link_server import linked_files

FAKE_ENGINE = Path(__file__).with_name("fake_engine.py")
INSTANCE = "i-0123456789abcdef0"
FLEET = "cpu"


@dataclass
class FakeInbox:
    """Messages in order; remembers what was done with each."""

    waiting: list[Delivery] = field(default_factory=list)
    removed: list[Delivery] = field(default_factory=list)
    held: list[tuple[Delivery, int]] = field(default_factory=list)
    troubles: int = 0
    received: int = 0
    waits: list[tuple[Priority, int]] = field(default_factory=list)
    when_empty: Callable[[], None] = lambda: None

    def put(self, body: str, priority: Priority = Priority.NORMAL) -> Delivery:
        receipt = f"receipt-{len(self.waiting)}"
        delivery = Delivery(
            message_id="message", body=body, receipt=receipt, receive_count=1, priority=priority
        )
        self.waiting.append(delivery)
        return delivery

    def receive(self, priority: Priority, *, wait_seconds: int, hold_seconds: int) -> Delivery | None:
        self.waits.append((priority, wait_seconds))
        if self.troubles:
            self.troubles -= 1
            raise TryAgainLater("the queue is away")
        for delivery in self.waiting:
            if delivery.priority is priority:
                self.waiting.remove(delivery)
                self.received += 1
                return delivery
        if not self.waiting:
            self.when_empty()
        return None

    def hold(self, delivery: Delivery, seconds: int) -> None:
        self.held.append((delivery, seconds))
        if not seconds:
            self.waiting.append(delivery)

    def remove(self, delivery: Delivery) -> None:
        self.removed.append(delivery)


@dataclass
class FakeFiles:
    """Buckets in memory."""

    inputs: dict[str, bytes] = field(default_factory=dict)
    outputs: dict[str, bytes] = field(default_factory=dict)
    troubles: int = 0
    disk_is_full: bool = False
    before_store: Callable[[str], None] = lambda _: None

    def fetch(self, key: str, path: Path) -> bool:
        self._trouble()
        if key not in self.inputs:
            return False
        if self.disk_is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        path.write_bytes(self.inputs[key])
        return True

    def store(self, path: Path, key: str, content_type: str) -> None:
        self._trouble()
        self.before_store(key)
        self.outputs[key] = path.read_bytes()

    def _trouble(self) -> None:
        if self.troubles:
            self.troubles -= 1
            raise TryAgainLater("the bucket is away")


@dataclass
class FakeGroup:
    """Remembers what the group was told."""

    told: list[str] = field(default_factory=list)
    waits: bool = True

    def launched(self, instance_id: str) -> bool:
        self.told.append("launched")
        return self.waits

    def still_leaving(self, instance_id: str) -> bool:
        self.told.append("still leaving")
        return True

    def may_terminate(self, instance_id: str) -> bool:
        self.told.append("may terminate")
        return True

    def unhealthy(self, instance_id: str) -> None:
        self.told.append("unhealthy")


@dataclass
class FakeInstance:
    """A machine whose fate the test decides."""

    terminating: bool = False
    interrupted: bool = False
    silent: bool = False

    def instance_id(self) -> str:
        return INSTANCE

    def is_terminating(self) -> bool:
        if self.silent:
            raise TryAgainLater("no metadata")
        return self.terminating

    def is_interrupted(self) -> bool:
        if self.silent:
            raise TryAgainLater("no metadata")
        return self.interrupted


class NotBeating:
    """The test beats by hand."""

    def check(self) -> None:
        pass


class FakeDispatcher(Dispatcher):
    """Keeps what it should send."""

    def __init__(self) -> None:
        self.sent: list[RenderMessage] = []
        self.urls: list[str] = []
        self.delays: list[int] = []

    def send(self, queue_url: str, message: RenderMessage, *, tenant: str, delay_seconds: int = 0) -> str:
        self.sent.append(message)
        self.urls.append(queue_url)
        self.delays.append(delay_seconds)
        return f"message-{len(self.sent)}"


class FakeLetters(DeadLetters):
    """Keeps what it should leave."""

    def __init__(self) -> None:
        self.left: list[tuple[str, Job]] = []
        self.away = False

    def leave(self, queue_url: str, job: Job, *, now: float) -> bool:
        if self.away:
            raise TryAgainLater("the queue is away")
        self.left.append((queue_url, job))
        return True


@dataclass(kw_only=True)
class World:
    """One agent and all that surrounds it."""

    table: Table
    clock: Callable[[], float]
    folder: Path
    new_job: Callable[..., Job]
    inbox: FakeInbox = field(default_factory=FakeInbox)
    files: FakeFiles = field(default_factory=FakeFiles)
    group: FakeGroup = field(default_factory=FakeGroup)
    instance: FakeInstance = field(default_factory=FakeInstance)
    dispatcher: FakeDispatcher = field(default_factory=FakeDispatcher)
    letters: FakeLetters = field(default_factory=FakeLetters)
    orders: Orders = field(default_factory=lambda: Orders(sleep=lambda _: None))
    stream: io.StringIO = field(default_factory=io.StringIO)
    beating: NotBeating = field(default_factory=NotBeating)
    while_rendering: Callable[[], None] = lambda: None
    engine: tuple[str, ...] = (sys.executable, str(FAKE_ENGINE))
    launched_at: float | None = None
    links_to: int = 0
    """The port of this machine to which all links lead."""

    def agent(self, *, attempt_limit: int = 3, timeout: float = 20.0, stall: float = 20.0) -> Agent:
        said = EventLog(stream=self.stream, now=self.clock)
        event_log = said.about(instance=INSTANCE, fleet=FLEET, environment="dev")
        retries = Retries(
            event_log=event_log,
            pause=self.orders.pause,
            hurried=lambda: self.orders.urgent,
            random=Random(1),  # noqa: S311 - jitter
            tries=3,
        )
        record, claims = WorkerHeartbeats(self.table), WorkerJobs(self.table, most_of_tenant=2)
        workspace = Workspace(self.folder, Confinement())

        def must_leave_now() -> bool:
            self.while_rendering()
            return self.orders.urgent

        return Agent(
            instance_id=INSTANCE,
            fleet=FLEET,
            record=record,
            group=self.group,
            instance=self.instance,
            workspace=workspace,
            orders=self.orders,
            retries=retries,
            event_log=event_log,
            now=self.clock,
            launched_at=self.launched_at,
            started_at=self.clock(),
            claiming=Claiming(
                instance_id=INSTANCE,
                fleet=FLEET,
                inbox=self.inbox,
                dispatcher=self.dispatcher,
                queue_url="queue",
                claims=claims,
                record=record,
                orders=self.orders,
                retries=retries,
                event_log=event_log,
                lease_seconds=60,
                poll_seconds=0,
                now=self.clock,
            ),
            rendering=Rendering(
                claims=claims,
                linked_files=linked_files(self.links_to, self.folder.with_name("cache")),
                files=self.files,
                compositions=Compositions(self.table),
                workspace=workspace,
                retries=retries,
                command=self.engine,
                timeout_seconds=timeout,
                stall_seconds=stall,
                must_leave_now=must_leave_now,
            ),
            completion=Completion(
                claims=claims,
                record=record,
                inbox=self.inbox,
                dispatcher=self.dispatcher,
                marks=DispatchMarks(self.table),
                dead_letters=self.letters,
                retries=retries,
                queue_url="queue",
                dead_letter_url="dead letters",
                attempt_limit=attempt_limit,
                now=self.clock,
            ),
            heartbeat=Heartbeat(
                instance_id=INSTANCE,
                fleet=FLEET,
                record=record,
                claims=claims,
                inbox=self.inbox,
                group=self.group,
                instance=self.instance,
                workspace=workspace,
                orders=self.orders,
                event_log=event_log,
                lease_seconds=60,
                job_seconds=timeout + 60,
                now=self.clock,
            ),
        )

    def submit(self, behave: str = "render", *, assets: tuple[str, ...] = (), **fields: object) -> Job:
        """A queued job, its composition in the bucket and its message on the queue."""
        job = self.new_job(**fields)
        composition = {"behave": behave, "scenes": [{"image": {"asset": asset}} for asset in assets]}
        self.files.inputs[job.composition_key] = json.dumps(composition).encode()
        self.send(job)
        return job

    def send(self, job: Job) -> Delivery:
        return self.inbox.put(encode(RenderMessage(job_id=job.id, attempt=job.attempt)))

    def serve_all(self, agent: Agent) -> None:
        """Serves until the queue is empty."""
        while self.inbox.waiting and not self.orders.leaving:
            attempt = agent.claiming.next()
            if attempt:
                agent.work(attempt)

    def job(self, job: Job) -> Job:
        found = CustomerJobs(self.table).get(job.id)
        assert found is not None
        return found

    def worker(self) -> Worker | None:
        return read_worker(self.table, INSTANCE)

    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.stream.getvalue().splitlines()]

    def lines(self, event: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]


@pytest.fixture
def world(table: Table, clock: Callable[[], float], new_job: Callable[..., Job], tmp_path: Path) -> World:
    return World(table=table, clock=clock, new_job=new_job, folder=tmp_path / "work")
