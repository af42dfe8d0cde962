"""An instance: a process that boots through what is deployed and ends with its instance."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from local.ec2_service import machine
from local.ec2_service.instances import Instances
from local.emulator.connection import Connection
from local.processes import children
from local.telemetry.telemetry import Telemetry

Eventually = Callable[[Callable[[], bool]], None]

# What the real bootstrap document does, in three lines: settings to a file, a service in the background.
SCRIPT = """
mkdir -p "{{ InstallRoot }}"
printf '%s' "{{ AgentEnvironment }}" > "{{ InstallRoot }}/agent.env"
nohup sleep 600 > /dev/null 2>&1 < /dev/null &
"""
DOCUMENT = {
    "schemaVersion": "2.2",
    "parameters": {"InstallRoot": {"type": "String"}, "AgentEnvironment": {"type": "String"}},
    "mainSteps": [
        {"action": "aws:runShellScript", "name": "Service", "inputs": {"runCommand": [SCRIPT]}},
    ],
}


def test_what_runs_on_a_slow_machine_waits_for_its_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = machine._environment("http://127.0.0.1:1", "i-1", "eu-central-1", tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    session = botocore.session.get_session()
    assert session.get_config_variable("metadata_service_timeout") == 30
    assert session.get_config_variable("metadata_service_num_attempts") == 5


@pytest.fixture
def group(connection: Connection, unique: str) -> Iterator[str]:
    """A deployed group with a document that is associated with its instances by tag."""
    ssm, ec2, autoscaling = connection.ssm(), connection.ec2(), connection.autoscaling()
    # The emulators of one test process share their state, and a machine runs the instances of every group.
    for left in autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
        autoscaling.delete_auto_scaling_group(
            AutoScalingGroupName=left["AutoScalingGroupName"], ForceDelete=True
        )
    ssm.put_parameter(Name=f"/{unique}/agent-environment", Value="CLIPIT_FLEET=cpu", Type="String")
    ssm.create_document(
        Name=unique, Content=json.dumps(DOCUMENT), DocumentType="Command", DocumentFormat="JSON"
    )
    ssm.create_association(
        Name=unique,
        Targets=[{"Key": "tag:Fleet", "Values": [unique]}],
        Parameters={
            "InstallRoot": ["opt/clip-it"],
            "AgentEnvironment": [f"{{{{ssm:/{unique}/agent-environment}}}}"],
        },
    )
    ec2.create_launch_template(
        LaunchTemplateName=unique, LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "c7i.large"}
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=unique,
        MinSize=0,
        MaxSize=2,
        AvailabilityZones=["eu-central-1a"],
        LaunchTemplate={"LaunchTemplateName": unique},
        Tags=[{"Key": "Fleet", "Value": unique, "PropagateAtLaunch": True}],
    )
    yield unique
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=unique, ForceDelete=True)


@pytest.fixture
def instances(connection: Connection, run: str, tmp_path: Path, recorder: Any) -> Iterator[Instances]:
    instances = Instances(
        connection=connection,
        run=run,
        folder=tmp_path,
        search_path="/usr/bin:/bin",
        tell=recorder,
        telemetry=Telemetry.to(connection),
    )
    stop = threading.Event()
    thread = threading.Thread(target=instances.work, args=(stop,))
    thread.start()
    yield instances
    stop.set()
    thread.join()


@pytest.mark.long
def test_an_instance_boots_through_the_deployed_document_and_leaves_nothing_when_it_ends(
    connection: Connection,
    group: str,
    instances: Instances,
    run: str,
    tmp_path: Path,
    recorder: Any,
    eventually: Eventually,
) -> None:
    connection.autoscaling().set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
    eventually(lambda: "bootstrap-passed" in recorder.kinds())
    assert [kind for kind in recorder.kinds() if kind != "lifecycle"] == [
        "launched",
        "booting",
        "ssm-online",
        "association",
        "step",
        "bootstrap-passed",
    ]
    (folder,) = [path for path in tmp_path.iterdir() if path.name.startswith("i-")]
    assert (folder / "opt" / "clip-it" / "agent.env").read_text() == "CLIPIT_FLEET=cpu"
    # The machine, and the service that the document left in the background.
    eventually(lambda: len(children.marked(run)) == 2)
    shown = connection.ssm().describe_instance_information(
        Filters=[{"Key": "InstanceIds", "Values": [folder.name]}]
    )
    assert shown["InstanceInformationList"][0]["AssociationStatus"] == "Success"

    connection.autoscaling().set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=0)
    eventually(lambda: "terminated" in recorder.kinds())
    eventually(lambda: not folder.exists())
    assert children.marked(run) == set()


@pytest.mark.long
def test_ending_the_stack_ends_its_instances(
    connection: Connection, group: str, run: str, tmp_path: Path, recorder: Any, eventually: Eventually
) -> None:
    instances = Instances(
        connection=connection,
        run=run,
        folder=tmp_path,
        search_path="/usr/bin:/bin",
        tell=recorder,
        telemetry=Telemetry.to(connection),
    )
    connection.autoscaling().set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    instances.round()
    eventually(lambda: recorder.kinds().count("ssm-online") == 2)
    instances.end()
    assert children.marked(run) == set()
