"""Tasks of services as ECS shows them: those that run, and for an hour those that stopped and why.

Whoever runs the tasks reports them by `SubmitTaskStateChange`; a container's `runtimeId` names the task.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from moto.ecs.responses import EC2ContainerServiceResponse

from local.emulator.registering import Request, Result, answer

Backend: TypeAlias = Any  # moto's EC2ContainerServiceBackend
Service: TypeAlias = Any  # moto's Service

_STOPPED_FOR = timedelta(hours=1)
_EVENTS = 100
_NEVER_RAN = "CannotPullContainerError"


def report(request: Request, service: Service, definition: str) -> None:
    """Keep what has been reported of a task, and say so in the events of its service."""
    containers = request._get_param("containers") or []
    if not containers:
        return
    (container,) = containers
    tasks, identity = _tasks(request.ecs_backend), container["runtimeId"]
    now, reason = datetime.now(UTC), request._get_param("reason") or ""
    task = tasks.setdefault(identity, _started(service, definition, identity, container, now))
    if request._get_param("status") == "STOPPED":
        code = "TaskFailedToStart" if reason.startswith(_NEVER_RAN) else "EssentialContainerExited"
        task |= {
            "lastStatus": "STOPPED",
            "desiredStatus": "STOPPED",
            "stoppedAt": now,
            "stopCode": "ServiceSchedulerInitiated" if "health checks" in reason else code,
            "stoppedReason": reason,
        }
        exit_code = {"exitCode": container["exitCode"]} if "exitCode" in container else {}
        task["containers"][0] |= {"lastStatus": "STOPPED", "reason": reason, **exit_code}
        _tell(service, f"(service {service.name}) (task {identity}) stopped: {reason}.", now)
    else:
        _tell(service, f"(service {service.name}) has started 1 tasks: (task {identity}).", now)


def _tasks(backend: Backend) -> dict[str, Result]:
    """The tasks that are still shown."""
    kept: dict[str, Result] = getattr(backend, "reported_tasks", {})
    gone = datetime.now(UTC) - _STOPPED_FOR
    backend.reported_tasks = {
        identity: task for identity, task in kept.items() if task.get("stoppedAt", gone) >= gone
    }
    shown: dict[str, Result] = backend.reported_tasks
    return shown


def _started(service: Service, definition: str, identity: str, container: Result, now: datetime) -> Result:
    cluster = service.cluster_arn
    return {
        "taskArn": f"{cluster.replace(':cluster/', ':task/')}/{identity}",
        "clusterArn": cluster,
        "taskDefinitionArn": definition,
        "group": f"service:{service.name}",
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "createdAt": now,
        "startedAt": now,
        "containers": [{"name": container["containerName"], "lastStatus": "RUNNING"}],
    }


def _tell(service: Service, message: str, now: datetime) -> None:
    service.events.insert(0, {"id": str(uuid.uuid4()), "createdAt": now, "message": message})
    del service.events[_EVENTS:]


def _list(request: Request) -> Result:
    cluster = request._get_param("cluster", "default").rpartition("/")[2]
    wanted = request._get_param("desiredStatus") or "RUNNING"
    return {
        "taskArns": [
            task["taskArn"]
            for task in _tasks(request.ecs_backend).values()
            if task["clusterArn"].rpartition("/")[2] == cluster and task["desiredStatus"] == wanted
        ]
    }


def _describe(request: Request) -> Result:
    tasks = _tasks(request.ecs_backend)
    asked = {name: name.rpartition("/")[2] for name in request._get_param("tasks") or []}
    return {
        "tasks": [tasks[identity] for identity in asked.values() if identity in tasks],
        "failures": [
            {"arn": name, "reason": "MISSING"} for name, identity in asked.items() if identity not in tasks
        ],
    }


def install() -> None:
    """Register these answers."""
    answer(EC2ContainerServiceResponse, list_tasks=_list, describe_tasks=_describe)
