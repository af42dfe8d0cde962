"""Kills and halts what runs on a local stack, and takes its instances back.

How we know that each is like AWS's:

- SIGKILL ends an instance with all that runs on it (a host that fails), an engine (what the kernel does when
  memory runs out), a task of the API, or a function's environment. Nobody is told.
- SIGSTOP halts all processes of an instance beyond its lease, then SIGCONT lets them go on: an instance whose
  hypervisor pauses it. The clock goes on meanwhile, as it does there.
- A spot notice is `spot/instance-action` in the metadata, two minutes before EC2 ends the instance:
  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from cli.incidents.breaks.fleet import rendering
from local.ec2_service.metadata import SPOT_ACTION_TAG
from local.processes import children
from local.stack.runner import LocalStack

LEASE_S: Final = 10.0
"""Setting `lease_seconds` of the local stack."""
BEYOND_LEASE: Final = (1.1, 2.5)
NOTICE_S: Final = 120.0


@dataclass(frozen=True, kw_only=True)
class Processes:
    """What runs on a stack."""

    stack: LocalStack
    unwell: set[str]
    """Instances that were killed, halted or taken back: their leases may run out."""

    def kill(self, chance: Random) -> str | None:
        """Kill one of what runs; says what."""
        kills: list[Callable[[Random], str | None]] = [
            self._kill_instance,
            self._kill_engines,
            lambda _: self._kill_having("task of the API", b"handlers.job_server"),
            lambda chance: self._kill_having("function", b"function_host", chance=chance),
        ]
        return chance.choice(kills)(chance)

    def halt(self, chance: Random) -> str | None:
        """Halt an instance beyond its lease; returns when it goes on."""
        if (instance := self._instance(chance)) is None:
            return None
        self.unwell.add(instance)
        halted = self._signal(instance, signal.SIGSTOP)
        time.sleep(chance.uniform(*BEYOND_LEASE) * LEASE_S)
        for process in halted:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)
        return "instance"

    def take_back(self, chance: Random) -> str | None:
        """Give an instance its notice; it ends two minutes later, if it is still there."""
        if (instance := self._instance(chance)) is None:
            return None
        self.unwell.add(instance)
        ends = datetime.now(UTC) + timedelta(seconds=NOTICE_S)
        tag = {"Key": SPOT_ACTION_TAG, "Value": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
        self.stack.connection.ec2().create_tags(Resources=[instance], Tags=[tag])
        timer = threading.Timer(NOTICE_S, self._terminate, (instance,))
        timer.daemon = True
        timer.start()
        return "instance"

    def _terminate(self, instance: str) -> None:
        with suppress(BotoCoreError, ClientError):  # it has gone by itself, or the stack has
            self.stack.connection.ec2().terminate_instances(InstanceIds=[instance])

    def _kill_instance(self, chance: Random) -> str | None:
        if (instance := self._instance(chance)) is None:
            return None
        self.unwell.add(instance)
        self._signal(instance, signal.SIGKILL)
        return "instance"

    def _kill_engines(self, _: Random) -> str | None:
        return "engine" if children.signal_having(signal.SIGKILL, *rendering(self.stack)) else None

    def _kill_having(self, what: str, part: bytes, chance: Random | None = None) -> str | None:
        found = sorted(children.having(part) & children.marked(self.stack.run))
        for process in [chance.choice(found)] if chance and found else found:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return what if found else None

    def _instance(self, chance: Random) -> str | None:
        """One of the instances that serve."""
        shown = self.stack.connection.autoscaling().describe_auto_scaling_instances()["AutoScalingInstances"]
        serving = sorted(one["InstanceId"] for one in shown if one["LifecycleState"] == "InService")
        return chance.choice(serving) if serving else None

    def _signal(self, instance: str, number: signal.Signals) -> set[int]:
        """Signal every process of an instance; gives those."""
        leaders = children.having(b"local.ec2_service.machine", instance.encode())
        found = children.having(f"/{instance}/".encode()) | children.in_groups(leaders)
        for process in found:
            with suppress(ProcessLookupError):
                os.kill(process, number)
        return found
