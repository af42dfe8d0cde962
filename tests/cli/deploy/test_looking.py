"""What is seen of a deployed stack, asked of the emulated AWS."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import boto3
import pytest

from cli.deploy.conditions import Status
from cli.deploy.looking import Looking
from cli.deployed_stack import DeployedStack
from handlers.jobs.model import Worker, WorkerState
from local.emulator import server

REGION = "eu-central-1"
NEW, OLD = "a" * 64, "b" * 64


@dataclass
class Workers:
    """The workers of a fleet, as the table would give them."""

    found: list[Worker]

    def of_fleet(self, _fleet: str) -> list[Worker]:
        return self.found


def worker(instance: str, version: str | None, *, silent_s: float = 0.0) -> Worker:
    now = time.time()
    return Worker(
        instance_id=instance,
        fleet="cpu",
        state=WorkerState.IDLE,
        heartbeat_at=now - silent_s,
        registered_at=now - 1000,
        agent_version=version,
    )


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with server.running() as url:
        yield url


@pytest.fixture
def clients(endpoint: str) -> Any:
    keys = {"aws_access_key_id": "id", "aws_secret_access_key": "key", "region_name": REGION}
    return lambda service: boto3.client(service, endpoint_url=endpoint, **keys)


@pytest.fixture
def name() -> str:
    return f"t{uuid.uuid4().hex[:10]}"


def looking(clients: Any, workers: Workers | None = None, **outputs: object) -> Looking:
    return Looking(
        stack=DeployedStack(name="dev", region=REGION, outputs={"agent_version": NEW, **outputs}),
        ecs=clients("ecs"),
        autoscaling=clients("autoscaling"),
        functions_client=clients("lambda"),
        workers=workers or Workers([]),
    )


def test_a_rolled_back_service_has_failed_although_it_is_steady(clients: Any, name: str) -> None:
    ecs = clients("ecs")

    def register() -> str:
        containers = [{"name": "c", "image": "i", "memory": 64}]
        shown = ecs.register_task_definition(family=name, containerDefinitions=containers)
        arn: str = shown["taskDefinition"]["taskDefinitionArn"]
        return arn

    def task(status: str) -> None:
        deployments = ecs.describe_services(cluster=name, services=[name])["services"][0]["deployments"]
        ecs.submit_task_state_change(cluster=name, task=f"{name}/{deployments[0]['id']}/0", status=status)

    ecs.create_cluster(clusterName=name)
    first = register()
    ecs.create_service(cluster=name, serviceName=name, taskDefinition=first, desiredCount=1)
    outputs = {"job_server_cluster": name, "job_server_service": name, "job_server_task_definition": first}
    assert looking(clients, **outputs).service().status is Status.WAIT
    task("RUNNING")
    assert looking(clients, **outputs).service().status is Status.DONE
    outputs["job_server_task_definition"] = register()
    ecs.update_service(cluster=name, service=name, taskDefinition=name)
    for _ in range(3):
        assert looking(clients, **outputs).service().status is Status.WAIT
        task("STOPPED")
    judged = looking(clients, **outputs).service()
    assert judged.status is Status.FAILED
    assert f"{name}:1 serves" in judged.reason


def test_a_function_is_done_once_lambda_has_the_code(clients: Any, name: str) -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as bundle:
        bundle.writestr("handler.py", "x = 1\n")
    role = clients("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    made = clients("lambda").create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="handler.x",
        Code={"ZipFile": archive.getvalue()},
    )
    seen = looking(clients, function_code={name: made["CodeSha256"]}).functions()
    assert seen.status is Status.DONE, seen.reason
    assert looking(clients, function_code={name: "other"}).functions().status is Status.WAIT
    assert looking(clients, function_code={f"{name}-2": "x"}).functions().status is Status.FAILED


def test_a_fleet_is_done_when_its_refresh_is(clients: Any, name: str) -> None:
    data = {"ImageId": "ami-12c6146b", "InstanceType": "c7i.large"}
    clients("ec2").create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    clients("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=0,
        MaxSize=1,
        AvailabilityZones=["eu-central-1a"],
        LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
    )
    deployed = looking(clients, group_names={"cpu": name})
    assert deployed.refresh("cpu", since=time.time()).status is Status.DONE
    clients("autoscaling").put_lifecycle_hook(
        AutoScalingGroupName=name,
        LifecycleHookName="bootstrap",
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
        HeartbeatTimeout=600,
    )
    clients("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=1)
    clients("autoscaling").start_instance_refresh(AutoScalingGroupName=name)
    assert deployed.refresh("cpu", since=time.time() - 60).status is Status.WAIT
    clients("autoscaling").cancel_instance_refresh(AutoScalingGroupName=name)
    assert deployed.refresh("cpu", since=time.time() - 60).status is Status.FAILED
    assert deployed.refresh("cpu", since=time.time() + 60).status is Status.FAILED


def test_a_worker_that_has_been_silent_for_long_is_not_waited_for(clients: Any) -> None:
    gone, old, new = worker("i-1", OLD, silent_s=600), worker("i-2", OLD), worker("i-3", NEW)
    assert looking(clients, Workers([gone, new])).agents("cpu").status is Status.DONE
    judged = looking(clients, Workers([gone, old, new])).agents("cpu")
    assert judged.status is Status.WAIT
    assert "1 of 2 workers run another agent: i-2" in judged.reason
