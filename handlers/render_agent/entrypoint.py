"""Builds the agent from its environment and runs it: 0 when it has left, 1 when it cannot serve."""

import os
import random
import re
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from handlers.jobs.messages.dead_letters import connect_dead_letters
from handlers.jobs.messages.render_queue import connect_dispatcher
from handlers.jobs.store.compositions import Compositions
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.table import connect
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import WorkerJobs
from handlers.render_agent import aws
from handlers.render_agent.claiming import POLL_SECONDS, Claiming
from handlers.render_agent.completion import Completion
from handlers.render_agent.engine.confinement import Confinement
from handlers.render_agent.engine.descendants import Containment
from handlers.render_agent.engine.version import ask_version
from handlers.render_agent.heartbeat import Heartbeat, Ticking
from handlers.render_agent.inputs.link_cache import LinkCache
from handlers.render_agent.inputs.linked_files import LinkedFiles
from handlers.render_agent.logs import EventLog
from handlers.render_agent.metadata import InstanceMetadata
from handlers.render_agent.orders import LeaveReason, Orders
from handlers.render_agent.rendering import Rendering
from handlers.render_agent.retrying import Retries
from handlers.render_agent.server_clock import ServerClock
from handlers.render_agent.service import Agent
from handlers.render_agent.settings import Settings, from_environment
from handlers.render_agent.workspace import Workspace

EXIT_LEFT, EXIT_CANNOT_SERVE = 0, 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
SECONDS_AROUND_THE_ENGINE = 1800
"""How long fetching and storing may take together before the lease of a stuck agent is let go."""


def main() -> int:
    """Runs the agent until it has left."""
    event_log = EventLog(stream=sys.stdout, now=time.time)
    orders = Orders()
    obey_signals(orders)
    try:
        settings = from_environment(os.environ)
        metadata = InstanceMetadata(settings.metadata_endpoint)
    except ValueError as error:
        event_log.error("settings_refused", error=str(error))
        return EXIT_CANNOT_SERVE
    version = ask_version(settings.engine_command, os.environ, confinement=Confinement(settings.engine_user))
    if version.refusal:
        event_log.error("engine_refused", error=version.refusal)
        return EXIT_CANNOT_SERVE
    if version.containment is Containment.PROCESS_GROUP:
        event_log.warn("engine_uncontained")
    if settings.engine_user is None:
        event_log.warn("engine_unconfined")
    try:
        return _run(settings, metadata, version.text, event_log, orders)
    except Exception as error:
        event_log.error("agent_failed", error=f"{type(error).__name__}: {error}"[:500])
        raise


def _run(
    settings: Settings, metadata: InstanceMetadata, engine: str, event_log: EventLog, orders: Orders
) -> int:
    retries = _retries(event_log, orders)
    instance_id = retries.insist("read the instance id", metadata.instance_id)
    identity = retries.insist("read the identity document", metadata.identity)
    event_log = event_log.about(instance=instance_id, fleet=settings.fleet, environment=settings.environment)
    machine = Machine(
        instance_id=instance_id,
        launched_at=identity.launched_at,
        metadata=metadata,
        clock=ServerClock(event_log),
    )
    agent = build(settings, machine, event_log, orders)
    agent.event_log.say(
        "agent_started",
        release=bundle_version(),
        engine=engine,
        instance_type=identity.instance_type,
        zone=identity.zone,
        market=identity.market,
        image=identity.image,
    )
    if not agent.join():
        return EXIT_LEFT
    with Ticking(agent.heartbeat, heartbeat_seconds=settings.heartbeat_seconds) as beating:
        agent.serve(beating)
        agent.await_termination(beating)
    agent.leave()
    return EXIT_LEFT


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the agent runs on, and when it was launched."""

    instance_id: str
    launched_at: float | None = None
    metadata: InstanceMetadata
    clock: ServerClock


def build(settings: Settings, machine: Machine, event_log: EventLog, orders: Orders) -> Agent:
    """The agent with its deployed surroundings."""
    instance_id, clock = machine.instance_id, machine.clock
    table = connect(settings.table, settings.region, hear_date=clock.hear)
    record = WorkerHeartbeats(table, agent_version=bundle_version())
    claims = WorkerJobs(table, most_of_tenant=settings.tenant_renders)
    dispatcher = connect_dispatcher(settings.region)
    inbox = aws.connect_inbox(settings, POLL_SECONDS)
    group = aws.connect_group(settings)
    # The engine runs in another folder, so a relative one is made absolute here, and its links are resolved:
    # files that lie outside of it can then be recognized.
    workspace = Workspace(settings.work_directory.resolve(), Confinement(settings.engine_user))
    retries = _retries(event_log, orders)
    return Agent(
        instance_id=instance_id,
        fleet=settings.fleet,
        record=record,
        group=group,
        instance=machine.metadata,
        workspace=workspace,
        orders=orders,
        retries=retries,
        event_log=event_log,
        now=clock.now,
        launched_at=machine.launched_at,
        started_at=clock.now(),
        claiming=Claiming(
            instance_id=instance_id,
            fleet=settings.fleet,
            inbox=inbox,
            dispatcher=dispatcher,
            queue_url=settings.queue_url,
            claims=claims,
            record=record,
            orders=orders,
            retries=retries,
            event_log=event_log,
            lease_seconds=settings.lease_seconds,
            poll_seconds=POLL_SECONDS,
            now=clock.now,
        ),
        rendering=Rendering(
            claims=claims,
            files=aws.connect_files(settings),
            compositions=Compositions(table),
            linked_files=LinkedFiles(
                cache=LinkCache(settings.work_directory.resolve() / "cache"), pause=orders.pause
            ),
            workspace=workspace,
            retries=retries,
            command=settings.engine_command,
            timeout_seconds=settings.job_timeout_seconds,
            stall_seconds=settings.stall_seconds,
            must_leave_now=lambda: orders.urgent,
        ),
        completion=Completion(
            claims=claims,
            record=record,
            inbox=inbox,
            dispatcher=dispatcher,
            marks=DispatchMarks(table),
            dead_letters=connect_dead_letters(table, settings.region),
            retries=retries,
            queue_url=settings.queue_url,
            dead_letter_url=settings.dead_letter_url,
            attempt_limit=settings.attempt_limit,
            now=clock.now,
        ),
        heartbeat=Heartbeat(
            instance_id=instance_id,
            fleet=settings.fleet,
            record=record,
            claims=claims,
            inbox=inbox,
            group=group,
            instance=machine.metadata,
            workspace=workspace,
            orders=orders,
            event_log=event_log,
            lease_seconds=settings.lease_seconds,
            job_seconds=settings.job_timeout_seconds + SECONDS_AROUND_THE_ENGINE,
            now=clock.now,
        ),
    )


def bundle_version(place: Path = Path(__file__)) -> str | None:
    """The checksum of the bundle that this code was unpacked from, after which its folder is named."""
    name = place.resolve().parents[2].name
    return name if _SHA256.fullmatch(name) else None


def _retries(event_log: EventLog, orders: Orders) -> Retries:
    jitter = random.Random()  # noqa: S311 - spreads retries, hides nothing
    return Retries(event_log=event_log, pause=orders.pause, hurried=lambda: orders.urgent, random=jitter)


def obey_signals(orders: Orders) -> None:
    """SIGTERM and SIGINT become orders to leave; nothing else happens inside the handler."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        orders.leave(LeaveReason.SIGNAL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)
