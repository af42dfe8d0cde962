"""Tasks of the deployed services as processes: started, health-checked and replaced as ECS does."""

import os
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.ecs_service import images
from local.ecs_service.balancer import HOST, Balancer
from local.ecs_service.measured import Entrance, Utilization
from local.ecs_service.slots import Slot, Wanted, slots
from local.ecs_service.task_definitions import Container, TaskDefinitionError, read
from local.emulator.connection import Connection
from local.processes import children
from local.stack_events import StackEvent, Tell
from local.telemetry.log_files import Destination
from local.telemetry.telemetry import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerStateChangeTypeDef, ServiceTypeDef

_ROUND_S = 0.25
_LOOK_S = 1.0
_STOP_DEADLINE_S = 2.0
_RESTART_PAUSE_S = 1.0
EXITED, UNHEALTHY = "Essential container in task exited", "Task failed container health checks"
"""In the words of ECS."""
_SIGNALED = 128
"""Added to the number of a signal that ended a process, as a container's runtime does."""
_INHERITED = ("LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")


@dataclass
class _Task:
    """One running container of a service."""

    identity: str
    process: subprocess.Popen[bytes]
    container: Container
    port: int
    env: Mapping[str, str]
    log: Path
    healthy: bool = False
    failures: int = 0
    started: float = field(default_factory=time.monotonic)
    next_check: float = 0.0

    def shown(self) -> "ContainerStateChangeTypeDef":
        """Its container, as an agent of ECS reports it."""
        shown: ContainerStateChangeTypeDef = {
            "containerName": self.container.name,
            "runtimeId": self.identity,
        }
        code = self.process.poll()
        return shown if code is None else {**shown, "exitCode": code if code >= 0 else _SIGNALED - code}


@dataclass
class Tasks:
    """Keeps processes equal to what the deployments of services want, and reports what becomes of them."""

    connection: Connection
    run: str
    folder: Path
    tell: Tell
    telemetry: Telemetry
    first_port: int = 0
    _tasks: dict[Slot, _Task] = field(default_factory=dict)
    _retry_at: dict[Slot, float] = field(default_factory=dict)
    _wanted: dict[Slot, Wanted] = field(default_factory=dict)
    _clusters: dict[str, str] = field(default_factory=dict)
    _look_at: float = 0.0

    def __post_init__(self) -> None:
        self._ecs = self.connection.ecs()
        self._entrance = Entrance(self.telemetry.measurements, self.connection.elbv2())
        self._utilization = Utilization(self.telemetry.measurements)
        listener = socket.create_server((HOST, self.first_port), backlog=128)
        self._balancer = Balancer(listener, self._port, self._entrance.measure, self._entrance.answer_to)
        self._balancer.start()

    def work(self, stop: threading.Event) -> None:
        """Follow deployments and health until `stop` is set, then end all tasks."""
        while not stop.is_set():
            with suppress(Exception):  # the emulator may be busy with a deployment; the next round comes soon
                self.round()
            stop.wait(_ROUND_S)
        self.end()

    def round(self) -> None:
        """Start what is missing, end what is wanted no more, check health."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + _LOOK_S
            services = self._services()
            self._wanted = {slot: wanted for service in services for slot, wanted in slots(service)}
            self._clusters |= {service["serviceName"]: service["clusterArn"] for service in services}
            self._look_up(services)
        for slot in set(self._tasks) - set(self._wanted):
            ended = self._tasks.pop(slot)
            self._stop(ended)
            self._say(slot.service, "task-ended", "its deployment is over")
            with suppress(ClientError):  # nobody waits for a report when the deployment is gone
                reason = f"Scaling activity initiated by (deployment {slot.deployment})"
                self._submit(slot, "STOPPED", reason, ended.shown())
        for slot, wanted in self._wanted.items():
            if task := self._tasks.get(slot):
                self._check(slot, task)
            elif time.monotonic() >= self._retry_at.get(slot, 0.0):
                self._start(slot, wanted)

    def _look_up(self, services: "list[ServiceTypeDef]") -> None:
        for service in services:
            for balanced in service.get("loadBalancers", []):
                self._entrance.look_up(balanced["targetGroupArn"])

    def measure(self) -> None:
        """Measure what balancer and ECS do once a minute; hosts are counted only where there are any."""
        tasks = dict(self._tasks)
        for name, arn in list(self._clusters.items()):
            units = {
                one.process.pid: one.container.cpu_units
                for slot, one in tasks.items()
                if slot.service == name
            }
            self._utilization.measure(arn.rpartition("/")[2], name, units)
        if tasks:
            self._entrance.count_hosts(
                healthy=sum(task.healthy and not task.failures for task in tasks.values()),
                unhealthy=sum(task.failures > 0 for task in tasks.values()),
            )

    def end(self) -> None:
        """End all tasks at once."""
        for task in self._tasks.values():
            children.end(task.process, deadline_s=_STOP_DEADLINE_S)
        self._tasks.clear()
        self._balancer.close()

    def url(self) -> str | None:
        """Where a healthy task answers, if there is one."""
        return None if self._port() is None else f"http://{HOST}:{self._balancer.port}"

    def _port(self) -> int | None:
        """The healthy task that has served for longest: a new deployment takes over when that one ends."""
        healthy = [task for task in list(self._tasks.values()) if task.healthy]
        return min(healthy, key=lambda task: task.started).port if healthy else None

    def _services(self) -> "list[ServiceTypeDef]":
        found: list[ServiceTypeDef] = []
        for cluster in self._ecs.list_clusters()["clusterArns"]:
            if names := self._ecs.list_services(cluster=cluster)["serviceArns"]:
                shown = self._ecs.describe_services(cluster=cluster, services=names)["services"]
                found.extend(service for service in shown if service["status"] == "ACTIVE")
        return found

    def _start(self, slot: Slot, wanted: Wanted) -> None:
        shown = self._ecs.describe_task_definition(taskDefinition=wanted.definition)["taskDefinition"]
        try:
            container = read(shown, wanted.definition, self.connection.ssm())
        except TaskDefinitionError as error:
            self._retry_at[slot] = time.monotonic() + _RESTART_PAUSE_S * 5
            self._say(slot.service, "task-failed", str(error))
            never: ContainerStateChangeTypeDef = {
                "containerName": slot.service,
                "runtimeId": uuid.uuid4().hex,
            }
            self._submit(slot, "STOPPED", f"CannotPullContainerError: {error}", never)
            return
        port = free_port()
        machine = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        here = {"CLIPIT_HOST": HOST, "CLIPIT_PORT": str(port)}  # no container keeps others on the network out
        sources = images.pulled(container.image)
        code = {"PYTHONPATH": str(sources)} if sources else {}
        env = {**machine, **code, **self.connection.environment(), **container.environment, **here}
        home = self.folder / f"{slot.service}-{slot.number}"
        home.mkdir(parents=True, exist_ok=True)
        identity = uuid.uuid4().hex
        log = self.folder / f"{identity}.log"
        process = children.spawn(container.command, run=self.run, env=env, cwd=home, log=log)
        self._tasks[slot] = _Task(
            identity=identity, process=process, container=container, port=port, env=env, log=log
        )
        if driver := container.log_driver:
            stream = f"{driver.prefix}/{container.name}/{identity}"
            self.telemetry.logs.follow(log, Destination(group=driver.group, stream=stream))
        self._say(slot.service, "task-started", f"{wanted.definition.rpartition('/')[2]} on port {port}")

    def _stop(self, task: _Task) -> None:
        children.end(task.process, deadline_s=_STOP_DEADLINE_S)
        self.telemetry.logs.finish(task.log)

    def _check(self, slot: Slot, task: _Task) -> None:
        """The deployed health check, often while a task starts and at its interval when it is healthy."""
        if task.process.poll() is not None:
            self._replace(slot, f"{EXITED} (code {task.process.returncode})")
            return
        now, check = time.monotonic(), task.container.health_check
        if now < task.next_check:
            return
        if _succeeds(check.command, task.env, self.folder, check.timeout_s):
            if not task.healthy:
                task.healthy = True
                self._say(slot.service, "task-healthy", f"answers on port {task.port}")
                self._submit(slot, "RUNNING", "", task.shown())
            task.failures = 0
        elif task.healthy or now - task.started > check.start_period_s:
            task.failures += 1
            if task.failures >= check.retries:
                self._replace(slot, UNHEALTHY)
                return
        task.next_check = time.monotonic() + (check.interval_s if task.healthy else _ROUND_S)

    def _replace(self, slot: Slot, reason: str) -> None:
        task = self._tasks.pop(slot)
        self._stop(task)
        self._retry_at[slot] = time.monotonic() + _RESTART_PAUSE_S
        self._say(slot.service, "task-replaced", reason)
        self._submit(slot, "STOPPED", reason, task.shown())

    def _submit(self, slot: Slot, status: str, reason: str, container: "ContainerStateChangeTypeDef") -> None:
        """Report as the agent of ECS does; the deployments follow from it, so look at them at once."""
        self._look_at = 0.0
        cluster = self._clusters[slot.service]
        self._ecs.submit_task_state_change(
            cluster=cluster, task=str(slot), status=status, reason=reason, containers=[container]
        )

    def _say(self, source: str, kind: str, detail: str) -> None:
        self.tell(StackEvent(source=source, kind=kind, detail=detail))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _succeeds(command: tuple[str, ...], env: Mapping[str, str], folder: Path, timeout_s: float) -> bool:
    try:
        done = subprocess.run(
            command,
            env=dict(env),
            cwd=folder,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
