"""One instance as a process group: `python -m local.ec2_service.machine INSTANCE FOLDER` boots it.

The order is that of a real boot: metadata answers, the Systems Manager agent comes up, finds the
deployed association for its tags and runs the deployed document. What the document starts in the
background stays in this process group and ends with it. Stages are reported as JSON lines on stdout.
"""

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from local.ec2_service.cloudwatch_agent import CloudWatchAgent
from local.ec2_service.metadata import Facts, MetadataServer
from local.ec2_service.ssm_agent.agent import Agent
from local.ec2_service.ssm_agent.service import Aws
from local.ec2_service.ssm_agent.steps import Machine
from local.emulator.connection import Connection
from local.processes import children

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client

CREDENTIAL_WAITS = {"AWS_METADATA_SERVICE_TIMEOUT": "30", "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "5"}
"""A client of botocore asks once, waits for a second, and then has no credentials for good."""
_FACTS_LAST_S = 0.5
_INHERITED = ("AWS_ENDPOINT_URL", "LANG", "LC_ALL", "PATH", "TZ", children.RUN_MARK)


def main() -> None:
    """Boot and stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    children.exit_with_parent()
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    boot(arguments.instance, arguments.folder, stop)


def boot(instance: str, folder: Path, stop: threading.Event) -> None:
    """Bring the instance up, then keep its agent working."""
    endpoint, region = os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
    # The metadata service belongs to the hypervisor: it speaks with credentials of its own.
    outside = Connection(endpoint, region)
    ec2, autoscaling = outside.ec2(), outside.autoscaling()
    metadata = MetadataServer(_cached(lambda: facts_of(instance, ec2, autoscaling, region)))
    metadata.start()
    announce("booting", f"metadata answers at {metadata.url}")
    (folder / "tmp").mkdir(exist_ok=True)
    # From here on credentials come from the metadata service, as on a real instance.
    os.environ |= {"AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url, **CREDENTIAL_WAITS}
    aws = Aws.connect(endpoint=endpoint, region=region, instance=instance)
    machine = Machine(
        folder=folder,
        environment=_environment(metadata.url, instance, region, folder),
        log=folder / "ssm.log",
        storage=aws,
        configure_cloudwatch=CloudWatchAgent(
            instance=instance, folder=folder, parameter=aws.parameter, announce=announce
        ).configure,
    )
    order = random.Random(instance)  # noqa: S311 - drawn alike for the same instance, and hides nothing
    Agent(service=aws, machine=machine, announce=announce, order=order).work(stop)


def announce(stage: str, detail: str) -> None:
    """Report a stage of the boot to the runner."""
    sys.stdout.write(json.dumps({"stage": stage, "detail": detail}) + "\n")
    sys.stdout.flush()


def _environment(metadata: str, instance: str, region: str, folder: Path) -> dict[str, str]:
    """The environment of a document's scripts, without the runner's own variables."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **inherited,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata,
        **CREDENTIAL_WAITS,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_SSM_INSTANCE_ID": instance,
        "AWS_SSM_REGION_NAME": region,
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
    }


def facts_of(instance: str, ec2: "EC2Client", autoscaling: "AutoScalingClient", region: str) -> Facts:
    """The facts of an instance from the emulated EC2 and Auto Scaling."""
    reservation = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]
    shown = reservation["Instances"][0]
    members = autoscaling.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"]
    leaving = not members or members[0]["LifecycleState"].startswith("Terminating")
    return Facts(
        instance_id=instance,
        instance_type=shown["InstanceType"],
        image_id=shown["ImageId"],
        private_ip=shown.get("PrivateIpAddress", ""),
        zone=shown["Placement"]["AvailabilityZone"],
        region=region,
        account=reservation["OwnerId"],
        tags={tag["Key"]: tag["Value"] for tag in shown.get("Tags", [])},
        target_lifecycle_state="Terminated" if leaving else "InService",
        launched_at=shown["LaunchTime"],
        market=shown.get("InstanceLifecycle", "on-demand"),
    )


def _cached(read: Callable[[], Facts]) -> Callable[[], Facts]:
    lock, kept = threading.Lock(), list[tuple[float, Facts]]()

    def facts() -> Facts:
        with lock:
            if not kept or time.monotonic() - kept[0][0] > _FACTS_LAST_S:
                kept[:] = [(time.monotonic(), read())]
            return kept[0][1]

    return facts


if __name__ == "__main__":
    main()
