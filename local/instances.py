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

from local import processes
from local.connection import Connection
from local.happenings import Happening, Tell

_ROUND_S = 0.25
_SHUTDOWN_PATIENCE_S = 8.0
"""A real instance's services have as long as the hypervisor lets them; an engine must end within 10 s."""
_RUNNING = frozenset({"pending", "running"})
_INHERITED = ("LANG", "LC_ALL", "TZ")


@dataclass
class Instances:
    """Keeps processes equal to the instances that the emulator says are running."""

    connection: Connection
    run: str
    folder: Path
    search_path: str
    tell: Tell
    _machines: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _states: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ec2, self._autoscaling = self.connection.ec2(), self.connection.autoscaling()

    def work(self, stop: threading.Event) -> None:
        """Follow the emulator until told to stop, then end all instances."""
        while not stop.is_set():
            with suppress(Exception):  # the emulator may be busy; the next round comes soon
                self.round()
            stop.wait(_ROUND_S)
        self.end()

    def round(self) -> None:
        """Boot what was launched, end what was terminated, tell changed lifecycle states."""
        wanted = self._running()
        for instance in set(wanted) - set(self._machines):
            self._machines[instance] = self._boot(instance, wanted[instance])
        for instance in set(self._machines) - set(wanted):
            threading.Thread(target=self._shut_down, args=(instance,), daemon=True).start()
        self._tell_lifecycle()

    def end(self) -> None:
        """End all instances at once."""
        for instance in list(self._machines):
            process = self._machines.pop(instance)
            processes.end(process, patience_s=1.0)

    def logs(self, instance: str) -> Path:
        """Where an instance's files are."""
        return self.folder / instance

    def _running(self) -> dict[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {}
        for page in self._ec2.get_paginator("describe_instances").paginate():
            for reservation in page["Reservations"]:
                for shown in reservation["Instances"]:
                    tags = {tag["Key"]: tag["Value"] for tag in shown.get("Tags", [])}
                    if shown["State"]["Name"] in _RUNNING and "aws:autoscaling:groupName" in tags:
                        found[shown["InstanceId"]] = tags
        return found

    def _boot(self, instance: str, tags: Mapping[str, str]) -> subprocess.Popen[bytes]:
        folder = self.folder / instance
        folder.mkdir(parents=True, exist_ok=True)
        machine = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        process = processes.spawn(
            processes.python("local.machine", instance, str(folder)),
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
        group = tags["aws:autoscaling:groupName"]
        self.tell(
            Happening(source=instance, kind="launched", detail=f"by group {group}", data={"group": group})
        )
        threading.Thread(target=self._listen, args=(instance, process), daemon=True).start()
        return process

    def _listen(self, instance: str, process: subprocess.Popen[bytes]) -> None:
        if not process.stdout:
            return
        with process.stdout as output:
            for line in output:
                with suppress(ValueError):
                    told = json.loads(line)
                    self.tell(Happening(source=instance, kind=told["stage"], detail=told["detail"]))

    def _shut_down(self, instance: str) -> None:
        process = self._machines.pop(instance, None)
        if process is None:
            return
        processes.end(process, patience_s=_SHUTDOWN_PATIENCE_S)
        shutil.rmtree(self.folder / instance / "work", ignore_errors=True)
        self.tell(Happening(source=instance, kind="terminated", detail="the instance's processes have ended"))

    def _tell_lifecycle(self) -> None:
        shown = self._autoscaling.describe_auto_scaling_instances()["AutoScalingInstances"]
        states = {one["InstanceId"]: one["LifecycleState"] for one in shown}
        for instance, state in states.items():
            if self._states.get(instance) != state:
                self.tell(Happening(source=instance, kind="lifecycle", detail=state, data={"state": state}))
        self._states = states
