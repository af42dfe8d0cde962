"""The command as a whole: what it refuses before it touches anything, and how it is wired."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from handlers.jobs.messages.render_queue import RenderMessage, encode
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.fleet_workers import FleetWorkers
from handlers.jobs.store.table import Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.render_agent import entrypoint
from handlers.render_agent.engine import cgroups, descendants
from handlers.render_agent.entrypoint import Machine, build, obey_signals
from handlers.render_agent.logs import EventLog
from handlers.render_agent.metadata import InstanceMetadata
from handlers.render_agent.orders import LeaveReason, Orders
from handlers.render_agent.server_clock import ServerClock
from handlers.render_agent.settings import from_environment

FAKE_ENGINE = Path(__file__).with_name("fake_engine.py")
REGION = "eu-central-1"
ENGINE = f"'{sys.executable}' '{FAKE_ENGINE}'"


def environment(**changes: str) -> dict[str, str]:
    given = {
        "AWS_REGION": REGION,
        "CLIPIT_ENVIRONMENT": "local",
        "CLIPIT_TABLE": "clip-it-test",
        "CLIPIT_FLEET": "cpu",
        "CLIPIT_QUEUE_URL": "https://queue",
        "CLIPIT_INPUTS_BUCKET": "inputs",
        "CLIPIT_OUTPUTS_BUCKET": "outputs",
        "CLIPIT_ENGINE_COMMAND": ENGINE,
        "CLIPIT_GROUP_NAME": "group",
        "CLIPIT_LAUNCH_HOOK": "launch",
        "CLIPIT_TERMINATE_HOOK": "terminate",
        "CLIPIT_HEARTBEAT_SECONDS": "10",
        "CLIPIT_LEASE_SECONDS": "60",
        "CLIPIT_JOB_TIMEOUT_SECONDS": "60",
        "CLIPIT_STALL_SECONDS": "30",
        "CLIPIT_ATTEMPT_LIMIT": "3",
        "CLIPIT_DEAD_LETTER_URL": "https://sqs.test/dead-letters",
        "CLIPIT_WORK_DIRECTORY": "work",
    }
    return {**given, **changes}


def run(given: dict[str, str]) -> tuple[int, dict[str, object]]:
    ended = subprocess.run(
        [sys.executable, "-m", "handlers.render_agent"],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **given},
    )
    return ended.returncode, json.loads(ended.stdout.splitlines()[-1])


def test_an_agent_without_settings_says_what_is_missing_and_ends() -> None:
    code, line = run({})
    assert (code, line["event"]) == (1, "settings_refused")
    assert "CLIPIT_QUEUE_URL" in str(line["error"])


def test_an_agent_without_engine_says_so_before_it_joins() -> None:
    code, line = run(environment(CLIPIT_ENGINE_COMMAND="clipit-no-such-engine"))
    assert (code, line["event"]) == (1, "engine_refused")
    assert "clipit-no-such-engine" in str(line["error"])


def test_an_agent_that_cannot_keep_its_engine_together_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere(*_: object) -> int:
        raise KeyError("it has come past its engine")

    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cgroups, "create", lambda: None)
    monkeypatch.setattr(descendants, "_set_subreaper", lambda _: False)
    monkeypatch.setattr(entrypoint, "obey_signals", lambda _: None)
    monkeypatch.setattr(entrypoint, "_run", nowhere)
    with pytest.raises(KeyError):
        entrypoint.main()
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (first["event"], first["level"]) == ("engine_uncontained", "warning")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_an_urgent_order(number: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    orders = Orders()
    try:
        obey_signals(orders)
        signal.raise_signal(number)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert orders.has(LeaveReason.SIGNAL)
    assert orders.urgent


def test_the_deployed_adapters_carry_a_job_to_its_end(
    table: Table, queue_url: str, new_job: Callable[[], Job], tmp_path: Path
) -> None:
    s3 = boto3.client("s3", region_name=REGION)
    for bucket in ("inputs", "outputs"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    job = new_job()
    s3.put_object(Bucket="inputs", Key=job.composition_key, Body=b"{}")
    body = encode(RenderMessage(job_id=job.id, attempt=1))
    boto3.client("sqs", region_name=REGION).send_message(QueueUrl=queue_url, MessageBody=body)
    settings = from_environment(environment(CLIPIT_QUEUE_URL=queue_url, CLIPIT_WORK_DIRECTORY=str(tmp_path)))
    event_log = EventLog(stream=sys.stdout, now=lambda: 0.0)
    metadata = InstanceMetadata("http://127.0.0.1:9")
    machine = Machine(instance_id="i-1", metadata=metadata, clock=ServerClock(event_log))
    agent = build(settings, machine, event_log, Orders())
    agent.record.register("i-1", fleet="cpu", now=agent.now())
    attempt = agent.claiming.next()
    assert attempt is not None
    agent.work(attempt)
    after = CustomerJobs(table).get(job.id)
    assert after is not None
    assert after.state is JobState.SUCCEEDED
    assert after.output_key is not None
    assert s3.get_object(Bucket="outputs", Key=after.output_key)["Body"].read() == b"video"


def test_the_version_of_an_agent_is_the_checksum_after_which_its_folder_is_named(tmp_path: Path) -> None:
    inside = ("handlers", "render_agent", "entrypoint.py")
    assert entrypoint.bundle_version(tmp_path.joinpath("releases", "ab" * 32, *inside)) == "ab" * 32
    assert entrypoint.bundle_version(tmp_path.joinpath("checkout", *inside)) is None


def test_a_worker_reports_the_version_that_it_runs(table: Table) -> None:
    WorkerHeartbeats(table, agent_version="ab" * 32).register("i-1", fleet="cpu", now=1.0)
    WorkerHeartbeats(table).register("i-2", fleet="cpu", now=2.0)
    reported = {one.instance_id: one.agent_version for one in FleetWorkers(table).of_fleet("cpu")}
    assert reported == {"i-1": "ab" * 32, "i-2": None}
