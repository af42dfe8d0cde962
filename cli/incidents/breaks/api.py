"""Breaks the API: its tasks, its deployment, and what it depends on."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http import HTTPStatus
from itertools import count

from clipit_client import Client, StatusError

from cli.incidents.breaks.repeating import repeatedly
from cli.incidents.cloud import Cloud
from local.processes import children

_REQUESTS = 120
"""More than the floor of an objective's long window."""
_FEW = 25
"""More than the floor of six hours for a ticket, and too few for a page."""
_TIMES, _WAITING, _HANGS_S = 2, 8, 1.5


@contextmanager
def nobody_serves(cloud: Cloud) -> Iterator[None]:
    """Somebody sets the count of the API's tasks to 0, and a caller notices."""
    name = cloud.name("job-server")
    with cloud.customer(retries=0) as client:
        cloud.connection.ecs().update_service(cluster=name, service=name, desiredCount=0)
        cloud.until("a caller gets 503", lambda: _is_refused(client))
    yield
    cloud.follow("ApiWithoutHosts", "aws ecs update-service", "--desired-count")


@contextmanager
def a_setting_is_missing(cloud: Cloud) -> Iterator[None]:
    """A deployment takes a variable out of the environment of the API's tasks, and none of them starts."""
    broken = _deploy_by_hand(cloud, {"CLIPIT_TABLE": None})
    cloud.until("ECS has rolled the deployment back", lambda: _settled(cloud) not in {None, broken})
    yield
    cloud.deploy()


@contextmanager
def the_api_asks_another_table(cloud: Cloud) -> Iterator[None]:
    """Somebody points the API's tasks to a table that is not there: they start, and answer 500."""
    changed = _deploy_by_hand(cloud, {"CLIPIT_TABLE": "clip-it-of-somebody-else"})
    cloud.until("the changed tasks serve", lambda: _settled(cloud) == changed)
    answered = count(1)
    with cloud.customer(retries=0) as client:

        def ask() -> int:
            with suppress(StatusError):
                list(client.renders.list(limit=1))
            return next(answered)

        while ask() < _REQUESTS:
            time.sleep(0)
        with repeatedly(ask):
            yield
    cloud.deploy()


@contextmanager
def a_task_ends(cloud: Cloud) -> Iterator[None]:
    """The only task of the API is killed, and callers get 5xx until another one serves."""
    with cloud.customer(retries=0) as client:
        _ask(client, _FEW)
        for process in children.having(b"handlers.job_server") & children.marked(cloud.stack.run):
            os.kill(process, signal.SIGKILL)
        cloud.until("a caller is refused", lambda: _is_refused(client))
    cloud.until("another task serves", lambda: cloud.stack.api_url() is not None)
    yield


@contextmanager
def aws_hangs(cloud: Cloud) -> Iterator[None]:
    """AWS answers nothing for a moment, in which some callers of a route wait."""
    with cloud.customer() as client:
        _ask(client, _FEW)
        render = next(iter(client.renders.list(limit=1))).id
        for _ in range(_TIMES):
            with ThreadPoolExecutor(_WAITING) as callers, cloud.stack.hanging():
                asked = [callers.submit(client.renders.events, render) for _ in range(_WAITING)]
                time.sleep(_HANGS_S)
            for one in asked:
                one.result()
    yield


def _ask(client: Client, times: int) -> None:
    for _ in range(times):
        list(client.renders.list(limit=1))


def _is_refused(client: Client) -> bool:
    """Whether the API answers 503, or 502 for a task that has just ended."""
    try:
        client.health()
    except StatusError as error:
        return error.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY}
    return False


def _deploy_by_hand(cloud: Cloud, changes: Mapping[str, str | None]) -> str:
    """Let the service run its task definition with other variables; the ARN of the new one."""
    ecs, name = cloud.connection.ecs(), cloud.name("job-server")
    (service,) = ecs.describe_services(cluster=name, services=[name])["services"]
    shown = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (container,) = shown["containerDefinitions"]
    given = {**{one["name"]: one["value"] for one in container["environment"]}, **changes}
    container["environment"] = [
        {"name": variable, "value": value} for variable, value in given.items() if value is not None
    ]
    registered = ecs.register_task_definition(
        family=shown["family"],
        containerDefinitions=[container],
        cpu=shown["cpu"],
        memory=shown["memory"],
        networkMode=shown["networkMode"],
        requiresCompatibilities=shown["requiresCompatibilities"],
        executionRoleArn=shown["executionRoleArn"],
        taskRoleArn=shown["taskRoleArn"],
    )["taskDefinition"]
    definition = registered["taskDefinitionArn"]
    ecs.update_service(cluster=name, service=name, taskDefinition=definition)
    return definition


def _settled(cloud: Cloud) -> str | None:
    """The task definition of the API, once its only deployment is completed."""
    name = cloud.name("job-server")
    (service,) = cloud.connection.ecs().describe_services(cluster=name, services=[name])["services"]
    states = [one["rolloutState"] for one in service["deployments"]]
    return service["taskDefinition"] if states == ["COMPLETED"] else None
