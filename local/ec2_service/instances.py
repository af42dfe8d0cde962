"""Instances of the emulated groups as processes: started at the launch, ended with the instance."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.ec2_service import cloudwatch_agent
from local.emulator.connection import Connection
from local.processes import children
from local.stack_events import StackEvent, Tell
from local.telemetry.log_files import Destination
from local.telemetry.telemetry import Telemetry

_ROUND_S = 0.3
_SHUTDOWN_DEADLINE_S = 8.0
"""A real instance's services have as long as the hypervisor lets them; an engine must end within 10 s."""
_INHERITED = ("LANG", "LC_ALL", "TZ")


@dataclass
class Instances:
    """Keeps one process for each instance that the emulator reports as running."""

    connection: Connection
    run: str
    folder: Path
    search_path: str
    tell: Tell
    telemetry: Telemetry
    _machines: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _states: Mapping[str, str] = field(default_factory=dict)
    _leaving: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._autoscaling = self.connection.autoscaling()

    def work(self, stop: threading.Event) -> None:
        """Follow the emulator until `stop` is set, then end all instances."""
        while not stop.is_set():
            with suppress(Exception):  # the emulator may be busy; the next round comes soon
                self.round()
            stop.wait(_ROUND_S)
        self.end()

    def round(self) -> None:
        """Boot launched instances, end terminated ones, report changed lifecycle states."""
        shown = self._autoscaling.describe_auto_scaling_instances()["AutoScalingInstances"]
        groups = {one["InstanceId"]: one["AutoScalingGroupName"] for one in shown}
        for instance in set(groups) - set(self._machines):
            self._machines[instance] = self._boot(instance, groups[instance])
        for instance in set(self._machines) - set(groups):
            process = self._machines.pop(instance)
            threading.Thread(target=self._shut_down, args=(instance, process), daemon=True).start()
        self._tell_lifecycle({one["InstanceId"]: one["LifecycleState"] for one in shown})

    def end(self) -> None:
        """End all instances at once."""
        for instance in list(self._machines):
            process = self._machines.pop(instance)
            children.end(process, deadline_s=1.0)

    def settled(self) -> bool:
        """Whether the processes of every instance that has left are gone too."""
        return not self._leaving

    def _boot(self, instance: str, group: str) -> subprocess.Popen[bytes]:
        folder = self.folder / instance
        folder.mkdir(parents=True, exist_ok=True)
        machine = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        process = children.spawn(
            children.python("local.ec2_service.machine", instance, str(folder)),
            run=self.run,
            env={
                **machine,
                "PATH": self.search_path,
                "AWS_ENDPOINT_URL": self.connection.endpoint,
                "AWS_REGION": self.connection.region,
            },
            cwd=folder,
            log=folder / "console.log",
            stdout=subprocess.PIPE,
        )
        self.tell(
            StackEvent(source=instance, kind="launched", detail=f"by group {group}", data={"group": group})
        )
        threading.Thread(target=self._listen, args=(instance, process), daemon=True).start()
        return process

    def _listen(self, instance: str, process: subprocess.Popen[bytes]) -> None:
        if not process.stdout:
            return
        with process.stdout as output:
            for line in output:
                with suppress(ValueError):
                    report = json.loads(line)
                    self._hear(instance, report["stage"], report["detail"])

    def _hear(self, instance: str, stage: str, detail: str) -> None:
        if stage == cloudwatch_agent.STAGE:
            file = cloudwatch_agent.CollectedFile.parse(detail)
            self.telemetry.logs.follow(Path(file.path), Destination(group=file.group, stream=file.stream))
        else:
            self.tell(StackEvent(source=instance, kind=stage, detail=detail))

    def _shut_down(self, instance: str, process: subprocess.Popen[bytes]) -> None:
        self._leaving.add(process.pid)
        children.end(process, deadline_s=_SHUTDOWN_DEADLINE_S)
        self._leaving.discard(process.pid)
        self.telemetry.logs.finish(self.folder / instance)
        shutil.rmtree(self.folder / instance, ignore_errors=True)
        self.tell(
            StackEvent(source=instance, kind="terminated", detail="the instance's processes have ended")
        )

    def _tell_lifecycle(self, states: Mapping[str, str]) -> None:
        for instance, state in states.items():
            if self._states.get(instance) != state:
                self.tell(StackEvent(source=instance, kind="lifecycle", detail=state, data={"state": state}))
        self._states = states
