"""Whatever a local stack starts listens on this machine only: nobody else on the network is let in."""

import ipaddress
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cli.demo.webhook_receiver import Receiver
from local.processes import children
from local.stack.runner import LocalStack
from tests.handlers.job_server.test_settings import GOOD

Eventually = Callable[[Callable[[], bool]], None]
LISTENS = "0A"

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="no /proc tells who listens where")


def listening(processes: set[int]) -> dict[int, set[str]]:
    """The addresses that each process listens on."""
    addresses = dict(sockets("/proc/net/tcp")) | dict(sockets("/proc/net/tcp6"))
    return {process: {addresses[one] for one in inodes(process) if one in addresses} for process in processes}


def sockets(table: str) -> Iterator[tuple[str, str]]:
    """Inode and address of each listening socket; the bytes of each word stand in reverse order."""
    path = Path(table)
    for line in path.read_text().splitlines()[1:] if path.exists() else []:
        fields = line.split()
        if fields[3] == LISTENS:
            words = fields[1].partition(":")[0]
            data = b"".join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
            yield fields[9], str(ipaddress.ip_address(data))


def inodes(process: int) -> Iterator[str]:
    with suppress(OSError):  # it has ended
        for entry in list(Path(f"/proc/{process}/fd").iterdir()):
            with suppress(OSError):  # it was closed meanwhile, as the list itself is
                name = str(entry.readlink())
                if name.startswith("socket:["):
                    yield name.removeprefix("socket:[").removesuffix("]")


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    stack = LocalStack()
    stack.start()
    stack.serve()
    yield stack
    stack.close()


def deploy(stack: LocalStack) -> None:
    """The job server as a task, and a fleet of one instance."""
    connection = stack.connection
    ecs, ec2, autoscaling = connection.ecs(), connection.ec2(), connection.autoscaling()
    ecs.create_cluster(clusterName="c")
    server: Any = {
        "name": "server",
        "image": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/job-server:1",
        "memory": 64,
        "environment": [{"name": name, "value": value} for name, value in GOOD.items()],
        "healthCheck": {
            "command": ["CMD", "python", "-m", "handlers.job_server.healthcheck"],
            "startPeriod": 60,
        },
    }
    ecs.register_task_definition(family="server", containerDefinitions=[server])
    ecs.create_service(cluster="c", serviceName="server", taskDefinition="server", desiredCount=1)
    ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData={"ImageId": "ami-12c6146b"})
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="group",
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=["eu-central-1a"],
        LaunchTemplate={"LaunchTemplateName": "template"},
    )


@pytest.mark.long
def test_emulator_task_and_metadata_of_a_run_listen_on_loopback(
    stack: LocalStack, eventually: Eventually
) -> None:
    deploy(stack)

    def seen() -> list[set[str]]:
        return [found for found in listening(children.marked(stack.run)).values() if found]

    eventually(lambda: len(seen()) >= 3 and bool(stack.api_url()))
    assert [address for found in seen() for address in found if not is_loopback(address)] == []


def test_the_receiver_of_the_demo_listens_on_loopback() -> None:
    with Receiver():
        (found,) = listening({os.getpid()}).values()
    assert found
    assert all(map(is_loopback, found))
