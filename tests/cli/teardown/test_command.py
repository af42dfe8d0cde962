"""`clipit drain` and `clipit destroy` with a Pulumi CLI of a few lines and an AWS of moto's."""

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import boto3
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from cli.teardown import command, draining
from cli.teardown.draining import Draining
from handlers.jobs.model import Job
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.table import Table
from tests.aws import REGION, emulated
from tests.cli import pulumi
from tests.handlers.conftest import a_job
from tests.job_table import create_table

STACK = "local"
TABLE = "clip-it-local-jobs"
SERVICE = "clip-it-local-job-server"
SECRET = "/clip-it/local/webhook-secrets/acme"
OUTPUTS = {
    "table_name": TABLE,
    "group_names": {"cpu": "clip-it-local-cpu"},
    "job_server_cluster": SERVICE,
    "job_server_service": SERVICE,
}


class Cloud:
    """What a drain and a tear-down touch of a deployed stack."""

    def __init__(self) -> None:
        dynamodb = boto3.client("dynamodb", REGION)
        create_table(dynamodb, TABLE)
        self.table = Table(dynamodb, TABLE)
        self.ecs = boto3.client("ecs", REGION)
        self.ecs.create_cluster(clusterName=SERVICE)
        for _ in range(2):
            self.ecs.register_task_definition(
                family=SERVICE, containerDefinitions=[{"name": "a", "image": "b", "memory": 64}]
            )
        self.ecs.create_service(
            cluster=SERVICE, serviceName=SERVICE, taskDefinition=f"{SERVICE}:2", desiredCount=1
        )
        self.scaling = boto3.client("application-autoscaling", REGION)
        self.sqs = boto3.client("sqs", REGION)
        self.webhooks = self.sqs.create_queue(QueueName="clip-it-local-webhooks")["QueueUrl"]
        self.ssm = boto3.client("ssm", REGION)
        self.ssm.put_parameter(Name=SECRET, Value="s", Type="SecureString")

    def submit(self) -> Job:
        job = a_job(now=time.time())
        CustomerJobs(self.table).submit(job, record=None, actor="api:acme", now=time.time())
        return job

    def end(self, job: Job) -> None:
        CustomerJobs(self.table).request_cancel(job.id, actor="api:acme", now=time.time())


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setattr(draining, "_ASK_S", 0.0)
    with emulated(monkeypatch):
        yield Cloud()


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pulumi.FakePulumi:
    fake = pulumi.installed(tmp_path, monkeypatch)
    fake.exports(OUTPUTS)
    return fake


def run(name: str, *words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, [name, "--stack", STACK, *words], input=answer)


def test_a_drained_stack_takes_no_new_renders_and_has_ended_its_own(
    cloud: Cloud, cli: pulumi.FakePulumi
) -> None:
    result = run("drain", "--confirm", STACK)
    assert result.exit_code == Exit.OK, result.output
    (service,) = cloud.ecs.describe_services(cluster=SERVICE, services=[SERVICE])["services"]
    assert service["desiredCount"] == 0
    (target,) = cloud.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 0)
    assert "--min-capacity 1 --max-capacity 2" in result.output
    assert (
        f"aws ecs update-service --cluster {SERVICE} --service {SERVICE} --desired-count 1" in result.output
    )
    assert result.output.splitlines()[-1] == "drain: ok local"


def test_renders_and_webhooks_are_waited_for(
    cloud: Cloud, cli: pulumi.FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = cloud.submit()
    cloud.sqs.send_message(QueueUrl=cloud.webhooks, MessageBody="r")
    steps = [lambda: cloud.end(job), lambda: cloud.sqs.purge_queue(QueueUrl=cloud.webhooks)]
    waiting = partial(Draining, pause=lambda _: steps and steps.pop(0)())
    monkeypatch.setattr(command, "Draining", waiting)
    result = run("drain", "--confirm", STACK, "--json")
    said = [one["text"] for one in map(json.loads, result.stdout.splitlines()) if one["kind"] == "event"]
    assert said[2:] == [
        "cpu: 1 queued, 0 rendering; webhooks to deliver: 1",
        "webhooks to deliver: 1",
        "no work is left",
    ]


def test_work_at_the_deadline_has_a_code_of_its_own(
    cloud: Cloud, cli: pulumi.FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.submit()
    clock = iter(range(0, 1000, 10)).__next__
    monkeypatch.setattr(command, "Draining", partial(Draining, pause=lambda _: None, clock=clock))
    result = run("drain", "--confirm", STACK, "--deadline", "5")
    assert result.exit_code == Exit.TOO_LATE
    assert "cpu: 1 queued" in result.stderr


@pytest.mark.parametrize("name", ["drain", "destroy"])
def test_a_no_leaves_the_stack_alone(cloud: Cloud, cli: pulumi.FakePulumi, name: str) -> None:
    assert run(name, answer="n\n").exit_code == Exit.FAILED
    assert cli.calls() == []


@pytest.mark.parametrize("name", ["drain", "destroy"])
def test_a_protected_stack_is_refused_without_its_name(cli: pulumi.FakePulumi, name: str) -> None:
    result = CliRunner().invoke(app, [name, "--stack", "prod"])
    assert result.exit_code == Exit.REFUSED
    assert "deployment.protect" in result.stderr
    assert cli.calls() == []


def test_a_stack_with_work_is_not_destroyed(cloud: Cloud, cli: pulumi.FakePulumi) -> None:
    cloud.submit()
    result = run("destroy", "--confirm", STACK)
    assert result.exit_code == Exit.REFUSED
    assert "clipit drain --stack local" in result.stderr
    assert not any(line.startswith("destroy") for line in cli.calls())


@pytest.fixture
def idle(cloud: Cloud) -> Cloud:
    cloud.ecs.update_service(cluster=SERVICE, service=SERVICE, desiredCount=0)
    return cloud


def test_a_destroyed_stack_leaves_nothing_of_what_commands_and_aws_have_made(
    idle: Cloud, cli: pulumi.FakePulumi
) -> None:
    cli.does("stack", 'echo "[]"\n')
    result = run("destroy", "--confirm", STACK)
    assert result.exit_code == Exit.OK, result.output
    assert "destroy --yes --skip-preview --stack local" in cli.calls()
    assert not any(line.startswith("up") for line in cli.calls()), "nothing protects the local stack"
    assert f"deleted parameter {SECRET}" in result.output
    assert idle.ssm.describe_parameters()["Parameters"] == []
    assert idle.ecs.list_task_definitions(familyPrefix=SERVICE)["taskDefinitionArns"] == []
    assert result.output.splitlines()[-1] == "destroy: ok local"


def test_a_failed_step_can_be_repeated(idle: Cloud, cli: pulumi.FakePulumi) -> None:
    cli.does("destroy", "exit 3\n")
    result = run("destroy", "--confirm", STACK)
    assert result.exit_code == Exit.FAILED
    assert "pulumi destroy ended with exit code 3" in result.stderr
    cli.does("destroy", "exit 0\n")
    cli.does("stack", 'echo "[]"\n')
    cli.exports({})  # the stack was destroyed but for what was left
    assert run("destroy", "--confirm", STACK).exit_code == Exit.OK


def test_something_left_in_aws_is_an_error(idle: Cloud, cli: pulumi.FakePulumi) -> None:
    cli.does("stack", 'echo "[]"\n')
    idle.sqs.create_queue(
        QueueName="left", tags={"Project": "clip-it", "Environment": "local", "Component": "notifier"}
    )
    result = run("destroy", "--confirm", STACK)
    assert result.exit_code == Exit.FAILED
    assert "left" in result.stderr


def test_a_protected_stack_is_unprotected_first(
    idle: Cloud, cli: pulumi.FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "protections", lambda _: ["deployment.protect"])
    cli.does("stack", 'echo "[]"\n')
    assert run("destroy", "--confirm", STACK).exit_code == Exit.OK
    up, destroy = (line for line in cli.calls() if line.startswith(("up", "destroy")))
    assert up.startswith("up --yes --skip-preview --config-file ")
    assert "--refresh" not in up, "a refresh would start the API again"
    assert destroy.startswith("destroy")
