"""Deployments of ECS services: rolled out by what becomes of their tasks, and taken back when these fail.

moto calls every deployment completed at once. Here one is completed when as many tasks as are wanted run, and
has failed when three of them stopped before that; the one before it then is the primary one again, as the ECS
developer guide says ("How the Amazon ECS deployment circuit breaker detects failures"). The rollback is
always switched on. Whoever runs the tasks reports them by `SubmitTaskStateChange`, as the agent of ECS does.

`DescribeServices` lists a deployment that failed only until the rollback has reached a steady state. AWS's
reference does not say so. It follows from AWS's own action for deployments, which waits for `services-stable`
(botocore, waiters-2.json: one deployment is listed) and found that this ends after a rollback; it now takes a
deployment that is not listed any more for one that was rolled back
(https://github.com/aws-actions/amazon-ecs-deploy-task-definition/pull/860, merged in 2026, for issue 191).
What AWS lists until then is not known: here the rollback is in progress while it lacks tasks. Where it lacks
none, because those of the deployment before still run, the failed one is gone at once, so that nothing relies
on seeing it.
"""

import json
import threading
from datetime import UTC, datetime
from typing import Any, TypeAlias

from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from local.emulator import event_targets
from local.emulator.ecs import service_tasks
from local.emulator.registering import Request, Result, answer_in_json, failure

Service: TypeAlias = Any  # moto's Service
Deployment: TypeAlias = dict[str, Any]

_FEWEST, _MOST, _SHARE = 3, 200, 0.5
_LOCK = threading.RLock()

_create_service = EC2ContainerServiceBackend.create_service
_update_service = EC2ContainerServiceBackend.update_service


def _created(backend: Any, *given: Any, **named: Any) -> Service:
    service = _create_service(backend, *given, **named)
    for deployment in service.deployments:
        service.task_definition = deployment["taskDefinition"] = _arn(backend, service.task_definition)
        _begin(service, deployment)
    return service


def _updated(backend: Any, properties: dict[str, Any]) -> Service:
    forced = properties.pop("force_new_deployment", False)
    with _LOCK:
        name = properties["service"].split("/")[-1]
        known = backend.services.get(f"{properties.get('cluster', 'default').split('/')[-1]}:{name}")
        before = known.task_definition if known else None
        service = _update_service(backend, properties)
        service.task_definition = _arn(backend, service.task_definition)
        if service.deployments and (forced or service.task_definition != before):
            _deploy(service)
        for deployment in service.deployments:
            deployment["desiredCount"] = service.desired_count
            _end_unwanted(deployment)
        _add_up(service)
        return service


def _end_unwanted(deployment: Deployment) -> None:
    """Count no more running tasks than are wanted: of the slots, those with the highest numbers end."""
    kept = sorted(deployment["running"], key=int)[: deployment["desiredCount"]]
    deployment |= {"running": set(kept), "runningCount": len(kept)}


def _add_up(service: Service) -> None:
    """Count the tasks of all deployments for the service, and for its cluster."""
    service.running_count = sum(len(one["running"]) for one in service.deployments)
    service.pending_count = max(0, service.desired_count - service.running_count)
    backend, name = service._backend, service.cluster_name
    services = list(backend.services.values())
    beside = [one for one in services if one.cluster_name == name and one.status == "ACTIVE"]
    cluster = backend._get_cluster(name)
    cluster.running_tasks_count = sum(one.running_count for one in beside)
    cluster.pending_tasks_count = sum(one.pending_count for one in beside)


def _arn(backend: Any, definition: str) -> str:
    arn: str = backend.describe_task_definition(definition).arn
    return arn


def _deploy(service: Service) -> None:
    """The newest deployment is the primary one; a completed one keeps its tasks until that one is, too."""
    kept = [one for one in service.deployments if one["rolloutState"] == "COMPLETED"][:1]
    for one in kept:
        one["status"] = "ACTIVE"
    identity = f"ecs-svc/{datetime.now(UTC).timestamp() * 1_000_000:.0f}"
    newest = {**service.deployments[0], "id": identity, "taskDefinition": service.task_definition}
    service.deployments = [newest, *kept]
    _begin(service, newest)


def _begin(service: Service, deployment: Deployment) -> None:
    now = datetime.now(UTC)
    deployment |= {
        "status": "PRIMARY",
        "createdAt": now,
        "failedTasks": 0,
        "runningCount": 0,
        "running": set(),
    }
    _enter(service, deployment, "IN_PROGRESS", f"ECS deployment {deployment['id']} in progress.")


def _enter(service: Service, deployment: Deployment, state: str, reason: str) -> None:
    """Move a deployment to another state, and let the event bus hear of it."""
    now = datetime.now(UTC)
    deployment |= {"rolloutState": state, "rolloutStateReason": reason, "updatedAt": now}
    detail = {
        "eventType": "ERROR" if state == "FAILED" else "INFO",
        "eventName": f"SERVICE_DEPLOYMENT_{state}",
        "deploymentId": deployment["id"],
        "updatedAt": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "reason": reason,
    }
    event = {
        "Source": "aws.ecs",
        "DetailType": "ECS Deployment State Change",
        "Resources": [service.arn],
        "Detail": json.dumps(detail),
    }
    event_targets.publish(service._account_id, service.region_name, event)


def _submit(request: Request) -> Result:
    """A task, `<service>/<deployment>/<slot>`, runs or has stopped."""
    cluster, task = request._get_param("cluster", "default"), request._get_param("task")
    name, _, rest = task.partition("/")
    identity, _, slot = rest.rpartition("/")
    services, _ = request.ecs_backend.describe_services(cluster, [name])
    with _LOCK:
        if services:
            of = {one["id"]: one["taskDefinition"] for one in services[0].deployments}
            service_tasks.report(request, services[0], of.get(identity, ""))
        for deployment in services[0].deployments if services else []:
            if deployment["id"] == identity:
                stopped = request._get_param("status") == "STOPPED"
                _count(services[0], deployment, slot, stopped=stopped)
                _add_up(services[0])
                return {"acknowledgment": "Success"}
    raise failure("ClientException", f"There is no deployment of the task {task}.")


def _count(service: Service, deployment: Deployment, slot: str, *, stopped: bool) -> None:
    running: set[str] = deployment["running"]
    (running.discard if stopped else running.add)(slot)
    deployment["runningCount"] = len(running)
    if deployment["rolloutState"] != "IN_PROGRESS":
        return
    deployment["failedTasks"] += stopped
    if len(running) >= service.desired_count:
        _complete(service, deployment)
    elif deployment["failedTasks"] >= min(max(_FEWEST, _SHARE * service.desired_count), _MOST):
        _give_up(service, deployment)


def _complete(service: Service, deployment: Deployment) -> None:
    """From now on the deployment is the only one."""
    _enter(service, deployment, "COMPLETED", f"ECS deployment {deployment['id']} completed.")
    service.deployments = [deployment]


def _give_up(service: Service, failed: Deployment) -> None:
    _enter(service, failed, "FAILED", "ECS deployment circuit breaker: tasks failed to start.")
    before = next((one for one in service.deployments if one["rolloutState"] == "COMPLETED"), None)
    if before is None:
        return
    failed["status"] = "ACTIVE"
    before |= {"status": "PRIMARY", "failedTasks": 0}
    service.task_definition = before["taskDefinition"]
    service.deployments = [before, failed]
    reason = f"ECS deployment circuit breaker: rolling back from {failed['id']} to {before['id']}."
    _enter(service, before, "IN_PROGRESS", reason)
    if len(before["running"]) >= service.desired_count:
        _complete(service, before)


def install() -> None:
    """Register these answers."""
    EC2ContainerServiceBackend.create_service = _created
    EC2ContainerServiceBackend.update_service = _updated
    answer_in_json(EC2ContainerServiceResponse, submit_task_state_change=_submit)
