"""Failed renders tried again, on emulated tables and queues."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from cli.redrive import dead_letter_queue
from cli.redrive.dead_letter_queue import DeadLetterQueue
from handlers.jobs.ids import new_job_id
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.model import Failure, Job
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.table import Table
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.aws import REGION, emulated

TABLE, NOW = "clip-it-test-jobs", 1_700_000_000.0
CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="exit 139")
REFUSED = Failure(code=FailureCode.COMPOSITION_REFUSED, detail="no such font")


class Cloud:
    """A table, a fleet's two queues, and jobs that fail."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", REGION)
        self.renders = self.sqs.create_queue(QueueName="renders")["QueueUrl"]
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        client = boto3.client("dynamodb", REGION)
        client.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self.table = Table(client, TABLE)
        self.jobs = CustomerJobs(self.table)

    def failed(self, failure: Failure = CRASH, *, letter: bool = True) -> Job:
        """A job that failed at its first attempt, and its letter."""
        job_id = new_job_id(NOW)
        job = Job(
            id=job_id,
            tenant="acme",
            fleet="cpu",
            state=JobState.QUEUED,
            attempt=1,
            created_at=NOW,
            updated_at=NOW,
            enqueued_at=NOW,
            expires_at=int(NOW) + 86_400,
            composition_key=f"compositions/acme/{job_id}.json",
            trace_id="0" * 32,
            event_count=1,
        )
        self.jobs.submit(job, record=None, actor="api:acme", now=NOW)
        WorkerHeartbeats(self.table).register("i-1", fleet="cpu", now=NOW)
        claim, claims = Claim(job_id=job_id, attempt=1, instance_id="i-1"), WorkerJobs(self.table)
        claims.claim(claim, now=NOW, lease_seconds=60)
        after = claims.fail(claim, failure, attempt_limit=1, now=NOW)
        assert isinstance(after, Job)
        if letter:
            DeadLetters(self.sqs, self.table).leave(self.dead, after, now=NOW)
        return after

    def state(self, job: Job) -> tuple[JobState, int]:
        found = self.jobs.get(job.id)
        assert found is not None
        return found.state, found.attempt

    def bodies(self, url: str) -> list[dict[str, Any]]:
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [json.loads(message["Body"]) for message in found.get("Messages", [])]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setattr(dead_letter_queue, "WAIT_SECONDS", 0)
    with emulated(monkeypatch):
        made = Cloud()
        for name, value in {
            "CLIPIT_TABLE": TABLE,
            "CLIPIT_QUEUE_URLS": json.dumps({"cpu": made.renders}),
            "CLIPIT_DEAD_LETTER_URLS": json.dumps({"cpu": made.dead}),
        }.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def clipit() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(app, ["redrive", *arguments])


def outcomes(result: Result) -> dict[str, str]:
    return {one["job"]: one["outcome"] for one in json.loads(result.stdout)["renders"]}


def test_a_job_is_queued_its_message_sent_its_letter_removed_and_no_other(
    cloud: Cloud, clipit: Callable[..., Result]
) -> None:
    job, other = cloud.failed(), cloud.failed()
    result = clipit(job.id)
    assert (result.exit_code, result.stdout) == (0, f"{job.id}  queued again, with all its attempts\n")
    assert cloud.state(job) == (JobState.QUEUED, 2)
    assert cloud.bodies(cloud.renders) == [{"job": job.id, "attempt": 2}]
    assert [body["job"] for body in cloud.bodies(cloud.dead)] == [other.id]
    event = cloud.jobs.events(job.id)[-1]
    assert event.kind == "redriven"
    assert event.actor.startswith("operator:")


def test_redriving_twice_does_it_once(cloud: Cloud, clipit: Callable[..., Result]) -> None:
    job = cloud.failed()
    clipit(job.id)
    again = clipit(job.id, "--json")
    assert (again.exit_code, outcomes(again)) == (0, {job.id: "sent_again"})
    assert cloud.state(job) == (JobState.QUEUED, 2)
    assert {body["attempt"] for body in cloud.bodies(cloud.renders)} == {2}


def test_a_job_without_a_letter_is_redriven_too(cloud: Cloud, clipit: Callable[..., Result]) -> None:
    job = cloud.failed(letter=False)
    assert outcomes(clipit(job.id, "--json")) == {job.id: "redriven"}


def test_what_failed_for_good_is_refused_with_its_reason_unless_forced(
    cloud: Cloud, clipit: Callable[..., Result]
) -> None:
    job = cloud.failed(REFUSED)
    result = clipit(job.id)
    assert result.exit_code == Exit.REFUSED
    assert "failed permanently (composition_refused)" in result.stderr
    assert "--force" in result.stderr
    assert cloud.bodies(cloud.renders) == []
    assert clipit(job.id, "--force").exit_code == 0
    assert cloud.state(job) == (JobState.QUEUED, 2)


@pytest.mark.long
def test_all_letters_of_a_fleet_are_redriven_each_job_once(
    cloud: Cloud, clipit: Callable[..., Result]
) -> None:
    jobs = [cloud.failed() for _ in range(12)]
    again = {"job": jobs[0].id, "attempt": 1, "reason": "engine_crashed"}
    cloud.sqs.send_message(QueueUrl=cloud.dead, MessageBody=json.dumps(again))
    result = clipit("--fleet", "cpu", "--all", "--json")
    assert (result.exit_code, outcomes(result)) == (0, {job.id: "redriven" for job in jobs})
    assert {cloud.state(job) for job in jobs} == {(JobState.QUEUED, 2)}
    assert cloud.bodies(cloud.dead) == []
    assert clipit("--fleet", "cpu", "--all").stdout == "there are no dead letters\n"


def test_letters_that_nobody_needs_are_removed_and_those_somebody_must_see_stay(
    cloud: Cloud, clipit: Callable[..., Result]
) -> None:
    refused, expired = cloud.failed(REFUSED), new_job_id(NOW)
    for body in (
        {"job": refused.id, "attempt": 1},
        {"job": expired, "attempt": 1, "reason": "timed_out"},
        {"x": 1},
    ):
        cloud.sqs.send_message(QueueUrl=cloud.dead, MessageBody=json.dumps(body))
    result = clipit("--fleet", "cpu", "--all", "--json")
    assert outcomes(result) == {refused.id: "permanent", expired: "no_such_job", "": "unreadable"}
    assert result.exit_code == Exit.REFUSED
    assert cloud.bodies(cloud.dead) == [{"job": refused.id, "attempt": 1}, {"x": 1}]


def test_a_message_that_the_queue_put_aside_is_sent_again_for_the_job_that_still_waits(
    cloud: Cloud, clipit: Callable[..., Result]
) -> None:
    job = cloud.failed()
    clipit(job.id)
    cloud.sqs.purge_queue(QueueUrl=cloud.renders)
    cloud.sqs.send_message(QueueUrl=cloud.dead, MessageBody=json.dumps({"job": job.id, "attempt": 2}))
    assert outcomes(clipit("--fleet", "cpu", "--all", "--json")) == {job.id: "sent_again"}
    assert cloud.bodies(cloud.renders) == [{"job": job.id, "attempt": 2}]
    assert cloud.jobs.events(job.id)[-1].kind == "sent_again"


def test_a_letter_that_stays_and_shows_again_is_looked_at_once(
    cloud: Cloud, clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letters are hidden for ten minutes, and a long queue takes longer to read."""
    monkeypatch.setattr(dead_letter_queue, "HIDDEN_SECONDS", 0)
    cloud.sqs.send_message(QueueUrl=cloud.dead, MessageBody='{"x": 1}')
    assert outcomes(clipit("--fleet", "cpu", "--all", "--json")) == {"": "unreadable"}


def test_letters_show_again_when_something_goes_wrong_between(cloud: Cloud) -> None:
    cloud.failed()

    def look() -> None:
        with DeadLetterQueue(cloud.sqs, cloud.dead) as letters:
            assert next(iter(letters)).job
            assert cloud.bodies(cloud.dead) == []
            raise RuntimeError

    with pytest.raises(RuntimeError):
        look()
    assert len(cloud.bodies(cloud.dead)) == 1


@pytest.mark.usefixtures("cloud")
def test_an_unknown_job_and_an_unknown_fleet_are_named(clipit: Callable[..., Result]) -> None:
    unknown = clipit(new_job_id(NOW))
    assert (unknown.exit_code, "there is no such render" in unknown.stderr) == (Exit.FAILED, True)
    fleet = clipit("--fleet", "gpu", "--all")
    assert fleet.exit_code == Exit.USAGE
    assert "there is no fleet 'gpu'; there are cpu" in fleet.stderr


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    "arguments", [(), ("--all",), ("--fleet", "cpu"), ("r_1", "--all"), ("r_1", "--fleet", "cpu")]
)
def test_one_job_or_all_of_a_fleet_and_nothing_between(
    clipit: Callable[..., Result], arguments: tuple[str, ...]
) -> None:
    assert clipit(*arguments).exit_code == Exit.USAGE


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("value", ["", "no", "[]", '{"cpu": 1}'])
def test_an_environment_that_is_incomplete_or_wrong_is_named(
    clipit: Callable[..., Result], value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPIT_DEAD_LETTER_URLS", value)
    result = clipit("--fleet", "cpu", "--all")
    assert result.exit_code == Exit.USAGE
    assert "CLIPIT_DEAD_LETTER_URLS" in result.stderr
