"""Tasks of the deployed services as processes: started, health-checked and replaced as ECS does."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from local.ecs_service.task_definitions import Container, TaskDefinitionError, read
from local.emulator.connection import Connection
from local.processes import children
from local.stack_events import StackEvent, Tell

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef

HOST = "127.0.0.1"
_ROUND_S = 0.25
_LOOK_S = 1.0
_STOP_DEADLINE_S = 2.0
_RESTART_PAUSE_S = 1.0
_INHERITED = ("LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")


@dataclass
class _Task:
    """One running container of a service; its port stays the same when it is replaced."""

    process: subprocess.Popen[bytes]
    container: Container
    port: int
    env: Mapping[str, str]
    healthy: bool = False
    failures: int = 0
    started: float = field(default_factory=time.monotonic)
    next_check: float = 0.0


@dataclass
class Tasks:
    """Keeps processes equal to the desired counts of the deployed services."""

    connection: Connection
    run: str
    folder: Path
    tell: Tell
    first_port: int = 0
    _tasks: dict[tuple[str, int], _Task] = field(default_factory=dict)
    _ports: dict[tuple[str, int], int] = field(default_factory=dict)
    _retry_at: dict[tuple[str, int], float] = field(default_factory=dict)
    _wanted: dict[tuple[str, int], str] = field(default_factory=dict)
    _look_at: float = 0.0

    def __post_init__(self) -> None:
        self._ecs = self.connection.ecs()

    def work(self, stop: threading.Event) -> None:
        """Follow deployments and health until `stop` is set, then end all tasks."""
        while not stop.is_set():
            with suppress(Exception):  # the emulator may be busy with a deployment; the next round comes soon
                self.round()
            stop.wait(_ROUND_S)
        self.end()

    def round(self) -> None:
        """Start what is missing, end what is too much or out of date, check health."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + _LOOK_S
            self._wanted = {
                (service["serviceName"], slot): service["taskDefinition"]
                for service in self._services()
                for slot in range(service["desiredCount"])
            }
        for key in set(self._tasks) - set(self._wanted):
            children.end(self._tasks.pop(key).process, deadline_s=_STOP_DEADLINE_S)
        for key, definition in self._wanted.items():
            task = self._tasks.get(key)
            if task and task.container.definition != definition:
                self._replace(key, f"{definition.rpartition('/')[2]} is deployed")
            elif task:
                self._check(key, task)
            elif time.monotonic() >= self._retry_at.get(key, 0.0):
                self._start(key, definition)

    def end(self) -> None:
        """End all tasks at once."""
        for task in self._tasks.values():
            children.end(task.process, deadline_s=_STOP_DEADLINE_S)
        self._tasks.clear()

    def url(self) -> str | None:
        """Where the first healthy task answers: the load balancer's work on this machine."""
        ports = [task.port for _, task in sorted(self._tasks.items()) if task.healthy]
        return f"http://{HOST}:{ports[0]}" if ports else None

    def _services(self) -> "list[ServiceTypeDef]":
        found: list[ServiceTypeDef] = []
        for cluster in self._ecs.list_clusters()["clusterArns"]:
            if names := self._ecs.list_services(cluster=cluster)["serviceArns"]:
                shown = self._ecs.describe_services(cluster=cluster, services=names)["services"]
                found.extend(service for service in shown if service["status"] == "ACTIVE")
        return found

    def _start(self, key: tuple[str, int], definition: str) -> None:
        service, slot = key
        shown = self._ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
        try:
            container = read(shown, definition, self.connection.ssm())
        except TaskDefinitionError as error:
            self._retry_at[key] = time.monotonic() + _RESTART_PAUSE_S * 5
            self._say(service, "task-failed", str(error))
            return
        port = self._ports.setdefault(key, self._port(first=not self._ports))
        machine = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        here = {"CLIPIT_HOST": HOST, "CLIPIT_PORT": str(port)}  # no container keeps others on the network out
        env = {**machine, **self.connection.environment(), **container.environment, **here}
        home = self.folder / f"{service}-{slot}"
        home.mkdir(parents=True, exist_ok=True)
        process = children.spawn(
            container.command, run=self.run, env=env, cwd=home, log=home.with_suffix(".log")
        )
        self._tasks[key] = _Task(process=process, container=container, port=port, env=env)
        self._say(service, "task-started", f"{definition.rpartition('/')[2]} on port {port}")

    def _check(self, key: tuple[str, int], task: _Task) -> None:
        """The deployed health check, often while a task starts and at its interval when it is healthy."""
        if task.process.poll() is not None:
            self._replace(key, f"the task exited with code {task.process.returncode}")
            return
        now, check = time.monotonic(), task.container.health_check
        if now < task.next_check:
            return
        if _succeeds(check.command, task.env, self.folder, check.timeout_s):
            if not task.healthy:
                self._say(key[0], "task-healthy", f"answers on port {task.port}")
            task.healthy, task.failures = True, 0
        elif task.healthy or now - task.started > check.start_period_s:
            task.failures += 1
            if task.failures >= check.retries:
                self._replace(key, f"its health check failed {task.failures} times")
                return
        task.next_check = time.monotonic() + (check.interval_s if task.healthy else _ROUND_S)

    def _replace(self, key: tuple[str, int], reason: str) -> None:
        task = self._tasks.pop(key)
        children.end(task.process, deadline_s=_STOP_DEADLINE_S)
        self._retry_at[key] = time.monotonic() + _RESTART_PAUSE_S
        self._say(key[0], "task-replaced", reason)

    def _port(self, *, first: bool) -> int:
        return self.first_port if first and self.first_port else free_port()

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
