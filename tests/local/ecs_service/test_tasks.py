"""Tasks of deployed services: what is deployed runs, what breaks is replaced."""

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
    tasks = Tasks(connection=connection, run=run, folder=tmp_path, tell=recorder)
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


@pytest.mark.parametrize("path", ["/exit", "/break"], ids=["that exits", "that fails its health check"])
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
