"""A machine whose clock is wrong keeps its job, and loses it when it dies, as if it were right."""

import io
import json
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest

from handlers.jobs.messages.render_queue import RenderMessage, encode
from handlers.jobs.model import Job
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import Table
from handlers.render_agent.entrypoint import Machine, build
from handlers.render_agent.logs import EventLog
from handlers.render_agent.metadata import InstanceMetadata
from handlers.render_agent.orders import Orders
from handlers.render_agent.server_clock import ServerClock
from handlers.render_agent.service import Agent
from handlers.render_agent.settings import from_environment
from tests.handlers.render_agent.test_entrypoint import environment

TRUE = 1_700_000_000.0
LEASE = 60


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def event_log(stream: io.StringIO) -> EventLog:
    return EventLog(stream=stream, now=lambda: TRUE)


@pytest.mark.parametrize("off", [-280.0, -90.0, -6.0, 6.0, 90.0, 280.0])
def test_a_clock_that_is_off_is_put_right_by_the_first_answer(event_log: EventLog, off: float) -> None:
    clock = ServerClock(event_log, lambda: TRUE + off)
    assert clock.now() == TRUE + off
    clock.hear(formatdate(TRUE, usegmt=True))
    assert clock.now() == TRUE


@pytest.mark.parametrize("off", [-4.9, -0.4, 0.0, 0.4, 4.9])
def test_a_clock_that_may_be_right_is_left_alone(
    event_log: EventLog, stream: io.StringIO, off: float
) -> None:
    clock = ServerClock(event_log, lambda: TRUE + off)
    clock.hear(formatdate(TRUE, usegmt=True))
    assert clock.now() == TRUE + off
    assert stream.getvalue() == ""


def test_a_clock_that_somebody_has_put_right_is_believed_again(
    event_log: EventLog, stream: io.StringIO
) -> None:
    off = [90.0]
    clock = ServerClock(event_log, lambda: TRUE + off[0])
    for _ in range(3):
        clock.hear(formatdate(TRUE, usegmt=True))
    off[0] = 0.25
    clock.hear(formatdate(TRUE, usegmt=True))
    assert clock.now() == TRUE + 0.25
    (line,) = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert (line["level"], line["event"], line["seconds_behind"]) == ("warning", "clock_skewed", -90.0)


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Nov 2023 22:13:20 GMT"])
def test_a_date_that_is_none_changes_nothing(event_log: EventLog, date: str) -> None:
    clock = ServerClock(event_log, lambda: TRUE - 90)
    clock.hear(date)
    assert clock.now() == TRUE - 90


@pytest.fixture
def skewed(
    table: Table, sqs, queue_url: str, new_job: Callable[[], Job], event_log: EventLog, tmp_path: Path
) -> Callable[[float], Agent]:
    """An agent with a job on its queue, on a machine whose clock is off by so many seconds."""
    sqs.send_message(QueueUrl=queue_url, MessageBody=encode(RenderMessage(job_id=new_job().id, attempt=1)))
    settings = from_environment(environment(CLIPIT_QUEUE_URL=queue_url, CLIPIT_WORK_DIRECTORY=str(tmp_path)))

    def start(off: float) -> Agent:
        clock = ServerClock(event_log, lambda: time.time() + off)
        metadata = InstanceMetadata("http://127.0.0.1:9")
        machine = Machine(instance_id="i-1", metadata=metadata, clock=clock)
        agent = build(settings, machine, event_log, Orders())
        agent.record.register("i-1", fleet="cpu", now=agent.now())
        return agent

    return start


@pytest.mark.short_form(1)
@pytest.mark.parametrize("off", [-200.0, 0.0, 200.0], ids=["slow", "right", "fast"])
def test_lease_and_heartbeat_are_true_whatever_the_machines_clock_says(
    table: Table, skewed: Callable[[float], Agent], off: float
) -> None:
    agent = skewed(off)
    attempt = agent.claiming.next()
    assert attempt is not None
    agent.heartbeat.hold(attempt)
    agent.heartbeat.beat()
    now, keeping = time.time(), OverdueJobs(table)
    assert list(keeping.expired("cpu", now=now)) == [], "it renders, so nobody takes its job"
    assert [job.id for job in keeping.expired("cpu", now=now + LEASE + 10)] == [attempt.job.id]
    (worker,) = FleetWorkers(table).of_fleet("cpu")
    assert abs(now - worker.heartbeat_at) < 10
