"""A stream that tells the notifier nothing costs a webhook a minute and not its life.

With the deployed code of notifier and sweeper in processes of their own, on the emulated AWS: the notifier's
mapping of the stream is deleted, a job ends, and the sweep has its webhook delivered.
"""

import io
import json
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from handlers.jobs.ids import new_job_id
from handlers.jobs.model import Job, Output
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.keys import video_object
from handlers.jobs.store.table import Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from local.emulator import server
from local.emulator.connection import Connection
from local.lambda_service.service import FunctionService
from local.minutes import Minutes
from local.processes import children
from local.telemetry.telemetry import Telemetry
from tests.handlers.conftest import a_job
from tests.job_table import create_table
from tests.web_server import serving

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

REGION = "eu-central-1"
ROOT = Path(__file__).parents[2]
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
DEADLINE_S = 45.0
LONG_AGO_S = 60.0
"""The sweep looks after webhooks that nobody has queued for this long."""
SCHEDULE_PACE = 60.0
"""A minute of a schedule lasts a second."""


@dataclass
class Receiver:
    """A customer's server, which notes the job that each webhook is about."""

    url: str = ""
    told: list[str] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.told.append(body["data"]["id"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with serving(Handler) as found:
        state.url = f"http://127.0.0.1:{found.server_port}/hook"
        yield state


def code() -> bytes:
    """The handlers as a function's archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        for path in sorted((ROOT / "handlers").rglob("*")):
            if path.suffix in {".py", ".json"}:
                bundle.write(path, path.relative_to(ROOT))
    return archive.getvalue()


@dataclass
class Stack:
    """As much of a stack as a webhook passes through."""

    connection: Connection
    functions: FunctionService
    receiver: Receiver
    name: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:10]}")

    def __post_init__(self) -> None:
        create_table(self.connection.dynamodb(), self.name)
        self.table = Table(self.connection.dynamodb(), self.name)
        sqs = self.connection.sqs()
        self.queues = {
            use: sqs.create_queue(QueueName=f"{self.name}-{use}")["QueueUrl"]
            for use in ("render", "letters", "webhooks")
        }
        iam = self.connection.session.client("iam", endpoint_url=self.connection.endpoint)
        self.role = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"][
            "Arn"
        ]
        self.notifier, self.sweeper = self._function("notifier"), self._function("sweeper")
        self.stream_mapping = self._map(
            self.connection.dynamodb().describe_table(TableName=self.name)["Table"]["LatestStreamArn"],
            StartingPosition="TRIM_HORIZON",
        )
        self._map(arn_of(sqs, self.queues["webhooks"]), BatchSize=1)

    def _function(self, handler: str) -> str:
        variables = {
            "CLIPIT_ENVIRONMENT": "local",
            "CLIPIT_TABLE": self.name,
            "CLIPIT_INPUTS_BUCKET": f"{self.name}-inputs",
            "CLIPIT_OUTPUTS_BUCKET": f"{self.name}-outputs",
            "CLIPIT_NOTIFICATION_QUEUE_URL": self.queues["webhooks"],
            "CLIPIT_WEBHOOK_SECRET_PREFIX": f"/{self.name}",
            "CLIPIT_WEBHOOK_TARGETS": "any",
            "CLIPIT_DELIVERY_LIMIT": "3",
            "CLIPIT_QUEUE_URLS": json.dumps({"cpu": self.queues["render"]}),
            "CLIPIT_DEAD_LETTER_URLS": json.dumps({"cpu": self.queues["letters"]}),
            "CLIPIT_ATTEMPT_LIMIT": "3",
            "CLIPIT_DISPATCH_GRACE_SECONDS": "30",
            "CLIPIT_REMOVED_FLEETS": "[]",
        }
        made = self.connection.functions().create_function(
            FunctionName=f"{self.name}-{handler}",
            Runtime="python3.13",
            Role=self.role,
            Handler=f"handlers.{handler}.entrypoint.handler",
            Timeout=50,
            Code={"ZipFile": code()},
            Environment={"Variables": variables},
        )
        return made["FunctionArn"]

    def _map(self, source: str, **more: Any) -> str:
        made = self.connection.functions().create_event_source_mapping(
            EventSourceArn=source,
            FunctionName=self.notifier,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            **more,
        )
        return made["UUID"]

    def schedule_sweeps(self) -> None:
        self.connection.scheduler().create_schedule(
            Name=self.name,
            ScheduleExpression="rate(1 minute)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": self.sweeper, "RoleArn": self.role},
        )

    def end_a_job(self) -> str:
        """A job of whose end the customer should have been told a minute ago."""
        now = round(time.time() - LONG_AGO_S, 3)
        job = a_job(now=now, id=new_job_id(now), webhook_url=self.receiver.url)
        CustomerJobs(self.table).submit(job, record=None, actor="api:acme", now=now)
        worker = f"i-{job.id[-8:]}"
        WorkerHeartbeats(self.table).register(worker, fleet="cpu", now=now)
        claim = Claim(job_id=job.id, attempt=1, instance_id=worker)
        jobs = WorkerJobs(self.table)
        assert isinstance(jobs.claim(claim, now=now, lease_seconds=60), Job)
        key = video_object("acme", job.id, 1)
        output = Output(duration=1.0, width=64, height=64, bytes=1)
        assert isinstance(jobs.complete(claim, output=output, output_key=key, now=now), Job)
        return job.id

    def remove(self) -> None:
        functions = self.connection.functions()
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            functions.delete_event_source_mapping(UUID=mapping["UUID"])
        for name in (self.notifier, self.sweeper):
            functions.delete_function(FunctionName=name)
        for schedule in self.connection.scheduler().list_schedules()["Schedules"]:
            self.connection.scheduler().delete_schedule(Name=schedule["Name"])


def arn_of(sqs: "SQSClient", url: str) -> str:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@pytest.fixture
def stack(receiver: Receiver, tmp_path: Path) -> Iterator[Stack]:
    run, stop = uuid.uuid4().hex, threading.Event()
    with server.running() as url:
        connection = Connection(url, REGION)
        functions = FunctionService(
            connection=connection,
            run=run,
            folder=tmp_path,
            tell=lambda _: None,
            telemetry=Telemetry.to(connection),
            minutes=Minutes(pace=SCHEDULE_PACE),
        )
        stack = Stack(connection, functions, receiver)
        connection.ssm().put_parameter(
            Name=f"/{stack.name}/acme", Value="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Type="SecureString"
        )
        threads = [
            threading.Thread(target=part.work, args=(stop,)) for part in (functions, functions.minutes)
        ]
        for thread in threads:
            thread.start()
        try:
            yield stack
        finally:
            stack.remove()
            stop.set()
            for thread in threads:
                thread.join()
            children.end_run(run, (), deadline_s=1.0)


def eventually(ready: Callable[[], bool]) -> None:
    """Wait for other processes; the deadline is for broken ones only."""
    deadline = time.monotonic() + DEADLINE_S
    while not ready():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.mark.long
def test_a_job_that_ends_while_the_stream_tells_the_notifier_nothing_is_told_by_the_sweep(
    stack: Stack,
) -> None:
    heard = stack.end_a_job()
    eventually(lambda: stack.receiver.told == [heard])
    stack.connection.functions().delete_event_source_mapping(UUID=stack.stream_mapping)
    eventually(lambda: not any(stack.stream_mapping in feed for feed in stack.functions._feeds))
    unheard = stack.end_a_job()
    assert CustomerJobs(stack.table).deliveries(unheard) == []
    stack.schedule_sweeps()
    eventually(lambda: unheard in stack.receiver.told)
    eventually(lambda: bool(CustomerJobs(stack.table).deliveries(unheard)))
    assert [one.delivered for one in CustomerJobs(stack.table).deliveries(unheard)] == [True]
