"""Tasks of deployed services: what is deployed runs, what breaks is replaced."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.ecs_service.task_definitions import TaskDefinitionError, image_command, read
from local.ecs_service.tasks import Tasks
from local.emulator.connection import Connection
from local.processes import children
from local.telemetry.telemetry import Telemetry

Eventually = Callable[[Callable[[], bool]], None]

# Answers on its port until it is told to break: then it stays and answers no health check.
SERVER = """
import http.server, os, sys
broken = False
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global broken
        if self.path == "/exit":
            os._exit(3)
        if self.path == "/break":
            broken = True
        body = os.environ["GREETING"].encode()
        self.send_response(503 if broken else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["CLIPIT_PORT"])), Handler).serve_forever()
"""
CHECK = """
import os, sys, urllib.request
urllib.request.urlopen("http://127.0.0.1:" + os.environ["CLIPIT_PORT"] + "/health", timeout=1)
"""


def container(**changes: object) -> dict[str, Any]:
    return {
        "name": "server",
        "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/unknown:1",
        "essential": True,
        "memory": 64,
        "command": ["python", "-c", SERVER],
        "environment": [{"name": "GREETING", "value": "hello"}, {"name": "CLIPIT_PORT", "value": "8080"}],
        "healthCheck": {
            "command": ["CMD", "python", "-c", CHECK],
            "interval": 1,
            "retries": 1,
            "timeout": 5,
            "startPeriod": 30,
        },
        **changes,
    }


@pytest.fixture
def service(connection: Connection, unique: str) -> Iterator[str]:
    ecs = connection.ecs()
    ecs.create_cluster(clusterName=unique)
    ecs.register_task_definition(family=unique, containerDefinitions=[container()])
    ecs.create_service(cluster=unique, serviceName=unique, taskDefinition=unique, desiredCount=1)
    yield unique
    ecs.update_service(cluster=unique, service=unique, desiredCount=0)
    ecs.delete_service(cluster=unique, service=unique)


@pytest.fixture
def tasks(connection: Connection, run: str, tmp_path: Path, recorder: Any) -> Iterator[Tasks]:
    tasks = Tasks(
        connection=connection, run=run, folder=tmp_path, tell=recorder, telemetry=Telemetry.to(connection)
    )
    stop = threading.Event()
    thread = threading.Thread(target=tasks.work, args=(stop,))
    thread.start()
    yield tasks
    stop.set()
    thread.join()


def ask(tasks: Tasks, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{tasks.url()}{path}", timeout=5) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except (OSError, ValueError) as error:
        return 0, str(error)


def test_a_deployed_service_answers_with_its_deployed_environment_on_a_port_of_its_own(
    service: str, tasks: Tasks, eventually: Eventually
) -> None:
    eventually(lambda: tasks.url() is not None)
    assert ask(tasks, "/") == (200, "hello")
    assert not str(tasks.url()).endswith(":8080")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/exit", marks=pytest.mark.long, id="that exits"),
        pytest.param("/break", id="that fails its health check"),
    ],
)
def test_a_task_is_replaced_on_the_same_port(
    service: str, tasks: Tasks, recorder: Any, eventually: Eventually, path: str
) -> None:
    eventually(lambda: tasks.url() is not None)
    before = tasks.url()
    ask(tasks, path)
    eventually(lambda: recorder.kinds().count("task-healthy") == 2)
    assert tasks.url() == before
    assert ask(tasks, "/") == (200, "hello")
    assert len(recorder.details("task-replaced")) == 1


@pytest.mark.long
def test_a_new_task_definition_replaces_the_task(
    connection: Connection, service: str, tasks: Tasks, eventually: Eventually
) -> None:
    eventually(lambda: tasks.url() is not None)
    greeting = [{"name": "GREETING", "value": "good day"}]
    connection.ecs().register_task_definition(
        family=service, containerDefinitions=[container(environment=greeting)]
    )
    connection.ecs().update_service(cluster=service, service=service, taskDefinition=f"{service}:2")
    eventually(lambda: ask(tasks, "/") == (200, "good day"))


def deploy(connection: Connection, service: str, **changes: object) -> None:
    shown = connection.ecs().register_task_definition(
        family=service, containerDefinitions=[container(**changes)]
    )
    definition = shown["taskDefinition"]["taskDefinitionArn"]
    connection.ecs().update_service(cluster=service, service=service, taskDefinition=definition)


def described(connection: Connection, service: str) -> Any:
    return connection.ecs().describe_services(cluster=service, services=[service])["services"][0]


def test_a_deployment_is_completed_when_its_task_is_healthy(
    connection: Connection, service: str, tasks: Tasks, eventually: Eventually
) -> None:
    eventually(lambda: described(connection, service)["deployments"][0]["rolloutState"] == "COMPLETED")
    assert tasks.url() is not None


@pytest.mark.long
def test_a_deployment_whose_tasks_fail_is_rolled_back_while_the_old_task_answers(
    connection: Connection, service: str, tasks: Tasks, eventually: Eventually
) -> None:
    eventually(lambda: described(connection, service)["deployments"][0]["rolloutState"] == "COMPLETED")
    before = described(connection, service)
    deploy(connection, service, command=["python", "-c", "raise SystemExit(1)"])
    assert described(connection, service)["taskDefinition"] != before["taskDefinition"]
    eventually(lambda: described(connection, service)["taskDefinition"] == before["taskDefinition"])
    (primary,) = described(connection, service)["deployments"]
    assert (primary["id"], primary["rolloutState"]) == (before["deployments"][0]["id"], "COMPLETED")
    assert ask(tasks, "/") == (200, "hello")


@pytest.mark.long
def test_the_event_bus_hears_of_a_deployment_that_failed(
    connection: Connection, service: str, tasks: Tasks, eventually: Eventually
) -> None:
    queue = connection.sqs().create_queue(QueueName=service)["QueueUrl"]
    asked = connection.sqs().get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    pattern = {
        "detail-type": ["ECS Deployment State Change"],
        "resources": [described(connection, service)["serviceArn"]],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }
    events = connection.session.client("events", endpoint_url=connection.endpoint)
    events.put_rule(Name=service, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=service, Targets=[{"Id": "q", "Arn": asked["Attributes"]["QueueArn"]}])
    deploy(connection, service, command=["python", "-c", "raise SystemExit(1)"])
    heard: list[Any] = []
    eventually(
        lambda: (
            bool(heard.extend(connection.sqs().receive_message(QueueUrl=queue).get("Messages", [])))
            or bool(heard)
        )
    )
    detail = json.loads(heard[0]["Body"])["detail"]
    assert (detail["eventType"], detail["deploymentId"][:8]) == ("ERROR", "ecs-svc/")


def test_a_service_that_is_wanted_no_more_has_no_process(
    connection: Connection, service: str, tasks: Tasks, run: str, eventually: Eventually
) -> None:
    eventually(lambda: tasks.url() is not None)
    connection.ecs().update_service(cluster=service, service=service, desiredCount=0)
    eventually(lambda: not children.marked(run))


def definition(*containers: dict[str, Any]) -> Any:
    return {"containerDefinitions": list(containers)}


def test_a_secret_is_fetched_by_reference(connection: Connection, unique: str) -> None:
    connection.ssm().put_parameter(Name=f"/{unique}/token", Value="hidden", Type="SecureString")
    arn = f"arn:aws:ssm:eu-central-1:123456789012:parameter/{unique}/token"
    shown = definition(container(secrets=[{"name": "TOKEN", "valueFrom": arn}]))
    assert read(shown, "d:1", connection.ssm()).environment["TOKEN"] == "hidden"


@pytest.mark.parametrize(
    ("containers", "message"),
    [
        ([], "has 0 essential containers"),
        ([container(healthCheck=None)], "has no container health check"),
        ([container(command=[])], "built from no Dockerfile"),
    ],
    ids=["no container", "no health check", "no command"],
)
def test_a_definition_that_cannot_be_run_says_what_is_missing(
    connection: Connection, containers: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(TaskDefinitionError, match=message):
        read(definition(*containers), "d:1", connection.ssm())


def test_the_job_servers_image_runs_what_its_dockerfile_says() -> None:
    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/clip-it-local-job-server:0.1.0"
    assert image_command(image)[-2:] == ["-m", "handlers.job_server"]


def test_a_task_runs_the_sources_of_its_image_and_not_those_of_the_checkout(
    connection: Connection,
    service: str,
    tasks: Tasks,
    eventually: Eventually,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for tag, words in (("older", "as before"), ("newer", "raise SystemExit")):
        sources = tmp_path / "clip-it" / "images" / tag
        sources.mkdir(parents=True)
        (sources / "words.py").write_text(f"WORDS = {words!r}\n")
    server = SERVER.replace('os.environ["GREETING"]', '__import__("words").WORDS')
    deploy(connection, service, image="job-server:older", command=["python", "-c", server])
    eventually(lambda: ask(tasks, "/") == (200, "as before"))
