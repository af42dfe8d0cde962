"""Clusters, task definitions and services, against moto."""

import json

import pytest

from local.provider.operations import Found
from local.provider.types.aws import RefusedError

CLUSTER = "aws:ecs/cluster:Cluster"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
CONTAINER = {
    "name": "api",
    "image": "image:1",
    "essential": True,
    "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
    "environment": [{"name": "CLIPIT_PORT", "value": "8080"}],
    "healthCheck": {
        "command": ["CMD", "python", "-m", "healthcheck"],
        "interval": 10,
        "timeout": 5,
        "retries": 3,
    },
    "readonlyRootFilesystem": True,
    "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
}


def definitions(**changes):
    return json.dumps([{**CONTAINER, **changes}])


@pytest.fixture
def task_inputs(role):
    return {
        "family": "job-server",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": role,
        "taskRoleArn": role,
        "containerDefinitions": definitions(),
        "volumes": [{"name": "scratch"}],
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "tags": {"Project": "p"},
    }


@pytest.fixture
def task(stack, task_inputs):
    return stack.create(TASK, task_inputs)


@pytest.fixture
def cluster(stack):
    settings = [{"name": "containerInsights", "value": "enhanced"}]
    return stack.create(CLUSTER, {"name": "api", "settings": settings, "tags": {"a": "1"}})


@pytest.fixture
def group(stack, network):
    given = {"name": "api", "port": 8080, "protocol": "HTTP", "targetType": "ip", "vpcId": network["vpcId"]}
    return stack.create("aws:lb/targetGroup:TargetGroup", given)


@pytest.fixture
def service_inputs(cluster, task, group, network):
    return {
        "name": "job-server",
        "cluster": cluster.outputs["arn"],
        "taskDefinition": task.outputs["arn"],
        "desiredCount": 2,
        "launchType": "FARGATE",
        "propagateTags": "SERVICE",
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "deploymentMaximumPercent": 200,
        "deploymentMinimumHealthyPercent": 100,
        "healthCheckGracePeriodSeconds": 30,
        "networkConfiguration": {"subnets": network["subnets"], "securityGroups": network["securityGroups"]},
        "loadBalancers": [{"targetGroupArn": group.id, "containerName": "api", "containerPort": 8080}],
        "tags": {"Project": "p"},
    }


@pytest.fixture
def service(stack, service_inputs):
    return stack.create(SERVICE, service_inputs)


def test_a_cluster_is_changed_in_place_and_is_gone_once_deleted(stack, cluster):
    logging = {"logging": "OVERRIDE", "logConfiguration": {"cloudWatchLogGroupName": "exec"}}
    cluster = stack.update(cluster, configuration={"executeCommandConfiguration": logging})
    cluster = stack.update(
        cluster, settings=[{"name": "containerInsights", "value": "disabled"}], tags={"b": "2"}
    )
    stack.delete(cluster)


def test_insights_switched_off_by_hand_are_drift(stack, cluster):
    off = [{"name": "containerInsights", "value": "disabled"}]
    stack.aws.call("ecs", "update_cluster", cluster=cluster.id, settings=off)

    assert stack.drift(cluster) == {"settings": off}


def test_a_task_definition_is_a_revision_and_is_gone_once_deregistered(stack, task):
    assert task.id == "job-server"
    assert task.outputs["revision"] == 1
    assert str(task.outputs["arn"]).endswith(":task-definition/job-server:1")
    assert str(task.outputs["arnWithoutRevision"]).endswith(":task-definition/job-server")
    stack.delete(task)


def test_another_container_needs_another_revision_and_other_tags_do_not(stack, task):
    assert stack.replaces(task, containerDefinitions=definitions(image="image:2"))
    stack.update(task, tags={"Owner": "o"})


def test_a_second_revision_outlives_the_first(stack, task, task_inputs):
    second = stack.create(TASK, task_inputs | {"containerDefinitions": definitions(image="image:2")})
    stack.delete(task)

    assert stack.drift(second) == {}
    assert second.outputs["revision"] == 2


def test_a_service_is_created_and_is_gone_once_deleted(stack, service):
    assert service.outputs["arn"] == "arn:aws:ecs:eu-central-1:123456789012:service/api/job-server"
    stack.delete(service)


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "change",
    [
        {"desiredCount": 3},
        {"enableExecuteCommand": True},
        {"deploymentCircuitBreaker": {"enable": True, "rollback": False}},
        {"tags": {"Owner": "o"}},
        {"propagateTags": "TASK_DEFINITION"},
    ],
    ids=str,
)
def test_a_service_is_changed_in_place(stack, service, change):
    stack.update(service, **change)


def test_a_service_moves_to_the_next_revision_and_to_other_subnets(stack, service, network, task_inputs):
    second = stack.create(TASK, task_inputs | {"containerDefinitions": definitions(image="image:2")})
    service = stack.update(service, taskDefinition=second.outputs["arn"])
    one = {"subnets": network["subnets"][:1], "securityGroups": network["securityGroups"]}
    stack.update(service, networkConfiguration=one)


def test_a_service_may_name_its_cluster_and_family_shortly(stack, service_inputs):
    short = {"name": "short", "cluster": "api", "taskDefinition": "job-server:1"}
    service = stack.create(SERVICE, service_inputs | short)

    assert service.outputs["taskDefinition"] == "job-server:1"


def test_a_count_that_its_owner_sets_outlives_another_change_of_the_service(stack, service):
    stack.aws.call("ecs", "update_service", cluster="api", service="job-server", desiredCount=9)
    state = Found(id=service.id, outputs=service.outputs, inputs=service.inputs)

    changed = {**service.inputs, "healthCheckGracePeriodSeconds": 90}
    stack.operations.update(service.urn, state, changed, preview=False)

    answer = stack.aws.call("ecs", "describe_services", cluster="api", services=["job-server"])
    assert answer.blocks("services")[0].number("desiredCount") == 9


def test_a_count_changed_by_hand_is_drift(stack, service):
    stack.aws.call("ecs", "update_service", cluster="api", service="job-server", desiredCount=9)
    assert stack.drift(service) == {"desiredCount": 9}


@pytest.mark.parametrize(
    ("balancer", "wanted"),
    [({"containerName": "web"}, "web:8080"), ({"containerPort": 80}, "api:80")],
    ids=str,
)
def test_a_balanced_container_must_be_in_the_task_definition(stack, service_inputs, balancer, wanted):
    given = [{**service_inputs["loadBalancers"][0], **balancer}]
    with pytest.raises(RefusedError, match=f"no container port {wanted}; it has api:8080"):
        stack.create(SERVICE, service_inputs | {"loadBalancers": given})


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"cpu": "300"}, "cpu", "not a Fargate size"),
        ({"memory": "3072"}, "memory", "512 to 2048"),
        ({"networkMode": "bridge"}, "networkMode", "use awsvpc"),
        ({"networkMode": "vpc"}, "networkMode", "awsvpc"),
        ({"executionRoleArn": None}, "executionRoleArn", "required on Fargate"),
        ({"ephemeralStorage": {"sizeInGib": 10}}, "ephemeralStorage.sizeInGib", "21 to 200"),
        ({"containerDefinitions": "{oops"}, "containerDefinitions", "JSON"),
        ({"containerDefinitions": "[]"}, "containerDefinitions", "no container"),
        ({"containerDefinitions": definitions(image="")}, "containerDefinitions", "has no image"),
        ({"volumes": []}, "containerDefinitions", "mounts 'scratch'"),
        (
            {"containerDefinitions": definitions(dependsOn=[{"containerName": "db", "condition": "START"}])},
            "containerDefinitions",
            "depends on 'db'",
        ),
        (
            {"containerDefinitions": definitions(healthCheck={"command": ["python"], "interval": 10})},
            "containerDefinitions",
            "must begin with CMD",
        ),
        (
            {"containerDefinitions": definitions(healthCheck={"command": ["CMD", "x"], "interval": 1})},
            "containerDefinitions",
            "5 to 300",
        ),
        (
            {"containerDefinitions": definitions(portMappings=[{"containerPort": 80, "hostPort": 8080}])},
            "containerDefinitions",
            "hostPort 8080",
        ),
    ],
)
def test_a_task_definition_that_ecs_refuses_is_refused(stack, task_inputs, change, key, reason):
    assert reason in stack.refusals(TASK, task_inputs | change)[key]


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"launchType": "CLOUD"}, "launchType", "not allowed"),
        ({"networkConfiguration": None}, "networkConfiguration", "required on Fargate"),
        ({"capacityProviderStrategies": [{"capacityProvider": "FARGATE"}]}, "launchType", "beside"),
        ({"deploymentMaximumPercent": 100}, "deploymentMinimumHealthyPercent", "no room"),
        ({"loadBalancers": []}, "healthCheckGracePeriodSeconds", "load balancer"),
        ({"propagateTags": "ALL"}, "propagateTags", "not allowed"),
    ],
)
def test_a_service_that_ecs_refuses_is_refused(stack, change, key, reason):
    given = {
        "name": "job-server",
        "launchType": "FARGATE",
        "deploymentMaximumPercent": 200,
        "deploymentMinimumHealthyPercent": 100,
        "healthCheckGracePeriodSeconds": 30,
        "networkConfiguration": {"subnets": ["subnet-1"]},
        "loadBalancers": [{"targetGroupArn": "arn:g", "containerName": "api", "containerPort": 8080}],
    }
    assert reason in stack.refusals(SERVICE, given | change)[key]
