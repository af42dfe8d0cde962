"""The whole program, built from each committed stack file.

Does not prove that AWS accepts it; the rules of the policy pack are judged in tests/contracts.
"""

import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.config import CONFIG, set_all_config

ROOT = Path(__file__).resolve().parents[1]

REQUIRED = {"Project", "Environment", "Component", "Owner", "ManagedBy"}
COMPONENTS = {
    "network",
    "job-store",
    "job-server",
    "render-fleet",
    "scaler",
    "sweeper",
    "notifier",
    "observability",
}
STACKS = ("dev", "prod", "local")
EXPORTS = {
    "fixed_settings",
    "known_fleets",
    "api_url",
    "table_name",
    "queue_urls",
    "dead_letter_urls",
    "group_names",
    "inputs_bucket",
    "outputs_bucket",
    "artifacts_bucket",
    "logs_bucket",
    "dashboard_names",
    "operator_read_policy",
    "bootstrap_documents",
    "scaler_functions",
    "job_server_cluster",
    "job_server_service",
    "job_server_task_definition",
    "agent_version",
    "function_code",
    "table_format",
    "balancer_dns_name",
    "webhook_secret_prefix",
    "job_server_image",
}
# Types of this program that AWS gives no tags; everything else must carry them.
UNTAGGABLE = {
    "aws:appautoscaling/policy:Policy",
    "aws:autoscaling/lifecycleHook:LifecycleHook",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:kms/alias:Alias",
    "aws:route53/record:Record",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:scheduler/schedule:Schedule",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:wafv2/webAclAssociation:WebAclAssociation",
}
# The longest physical name that each service takes, and the property that carries it.
NAMES = {
    "aws:autoscaling/group:Group": ("name", 255),
    "aws:dynamodb/table:Table": ("name", 255),
    "aws:iam/role:Role": ("name", 64),
    "aws:lambda/function:Function": ("name", 64),
    "aws:lb/loadBalancer:LoadBalancer": ("name", 32),
    "aws:s3/bucket:Bucket": ("bucket", 63),
    "aws:scheduler/schedule:Schedule": ("name", 64),
    "aws:sqs/queue:Queue": ("name", 80),
}
# What the provider appends to a logical name when there is no physical one, and what the service takes.
AUTONAMED = {
    "aws:iam/instanceProfile:InstanceProfile": 128,
    "aws:lb/targetGroup:TargetGroup": 32,
    "aws:ec2/launchTemplate:LaunchTemplate": 128,
}
SUFFIX = 8


@pytest.fixture(params=STACKS)
def world(request: pytest.FixtureRequest, program: Callable[..., Any]) -> Any:
    return program(request.param)


def tags_of(resource: Any) -> dict[str, str]:
    tags = resource.inputs.get("tags", {})
    return {tag["key"]: tag["value"] for tag in tags} if isinstance(tags, list) else tags


def test_an_operator_gets_what_he_needs(world: Any) -> None:
    assert set(world.exports) == EXPORTS


def test_everything_taggable_says_whose_it_is(world: Any) -> None:
    taggable = [one for one in world.resources if one.custom and one.type.startswith("aws:")]
    taggable = [one for one in taggable if one.type not in UNTAGGABLE]
    assert len(taggable) > 60
    for resource in taggable:
        tags = tags_of(resource)
        assert tags.keys() >= REQUIRED, resource.urn
        assert all(tags.values()), resource.urn
        assert tags["Component"] in COMPONENTS, resource.urn


def test_what_belongs_to_a_fleet_names_it(program: Callable[..., Any]) -> None:
    world = program("prod")
    fleets = {
        tags_of(one).get("Fleet")
        for one in world.resources
        if re.search(r"clip-it:(render_fleet|render_queue|scaler):", one.parent) and tags_of(one)
    }
    assert fleets == {"cpu", "gpu"}


def test_every_resource_hangs_below_a_component(world: Any) -> None:
    strays = [
        one.urn
        for one in world.resources
        if one.custom and one.type.startswith("aws:") and "clip-it:" not in one.parent.partition("::")[2][9:]
    ]
    assert strays == []


def test_every_resource_uses_the_provider_that_knows_its_account(world: Any) -> None:
    (provider,) = world.of("pulumi:providers:aws")
    account, region = world_account(world)
    assert json.loads(provider.inputs["allowedAccountIds"]) == [account]
    assert provider.inputs["region"] == region
    for resource in world.resources:
        if resource.type.startswith("aws:"):
            assert resource.request.provider.startswith(provider.urn), resource.urn


def world_account(world: Any) -> tuple[str, str]:
    (certificate,) = {
        one.inputs["certificateArn"]
        for one in world.of("aws:lb/listener:Listener")
        if "certificateArn" in one.inputs
    }
    _, _, _, region, account, *_ = certificate.split(":")
    return account, region


def test_names_fit_their_services(world: Any) -> None:
    for type_, (key, limit) in NAMES.items():
        found = world.of(type_)
        assert found, type_
        for resource in found:
            assert len(resource.inputs[key]) <= limit, resource.urn
    for type_, limit in AUTONAMED.items():
        for resource in world.of(type_):
            assert len(resource.inputs.get("name", "")) + len(resource.name) + SUFFIX <= limit, resource.urn


def test_what_holds_data_is_protected_where_the_settings_say_so(program: Callable[..., Any]) -> None:
    stateful = {
        "aws:dynamodb/table:Table",
        "aws:s3/bucket:Bucket",
        "aws:kms/key:Key",
        "aws:cloudwatch/logGroup:LogGroup",
    }
    protected = [one for one in program("prod").resources if one.type in stateful]
    assert {one.type for one in protected} == stateful
    assert all(one.protect for one in protected)
    assert not any(one.protect for one in program("dev").resources)


def test_policies_and_containers_are_known_before_anything_exists(program: Callable[..., Any]) -> None:
    for stack in STACKS:
        world = program(stack, preview=True)
        policies = world.of("aws:iam/rolePolicy:RolePolicy")
        assert policies
        for policy in policies:
            json.loads(policy.inputs["policy"])
        for type_ in (
            "aws:s3/bucketPolicy:BucketPolicy",
            "aws:sqs/queuePolicy:QueuePolicy",
            "aws:kms/key:Key",
        ):
            for one in world.of(type_):
                json.loads(one.inputs["policy"])
        (definition,) = world.of("aws:ecs/taskDefinition:TaskDefinition")
        json.loads(definition.inputs["containerDefinitions"])


def test_names_said_in_advance_are_those_of_the_resources(program: Callable[..., Any]) -> None:
    """Documents name queues, tables and groups as text; a typing error there would only show at run time."""
    world = program("prod")
    text = " ".join(one.inputs["policy"] for one in world.of("aws:iam/rolePolicy:RolePolicy")) + " ".join(
        one.inputs["containerDefinitions"] for one in world.of("aws:ecs/taskDefinition:TaskDefinition")
    )
    queues = {one.inputs["name"] for one in world.of("aws:sqs/queue:Queue")}
    said = set(re.findall(r"arn:aws:sqs:[\w-]+:\d+:([\w-]+)", text)) | set(
        re.findall(r"amazonaws\.com/\d+/([\w-]+)\\", text)
    )
    assert said
    assert said <= queues
    buckets = {one.inputs["bucket"] for one in world.of("aws:s3/bucket:Bucket")}
    # The others are those from which AWS hands out its packages.
    assert set(re.findall(r"arn:aws:s3:::(clip-it-[\w-]+)", text)) <= buckets
    groups = {one.inputs["name"] for one in world.of("aws:autoscaling/group:Group")}
    assert set(re.findall(r"autoScalingGroupName/([\w-]+)", text)) == groups
    tables = {one.inputs["name"] for one in world.of("aws:dynamodb/table:Table")}
    assert set(re.findall(r":table/([\w-]+)", text)) == tables
    (alias,) = world.of("aws:kms/alias:Alias")
    assert set(re.findall(r"alias/[\w-]+", text)) == {alias.inputs["name"]}
    logs = {one.inputs["name"] for one in world.of("aws:cloudwatch/logGroup:LogGroup")}
    assert set(re.findall(r"log-group:([\w/-]+):", text)) <= logs


def test_wrong_settings_are_told_all_at_once_and_not_as_a_mistake_of_the_program() -> None:
    before = CONFIG.get()
    set_all_config({"clip-it:network": '{"nat": "sometimes"}', "clip-it:unheard_of": "1"})
    try:
        with pytest.raises(pulumi.RunError) as told:
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
    finally:
        CONFIG.set(before)
    assert "clip-it:network.nat: 'sometimes' given" in str(told.value)
    assert "clip-it:unheard_of: no such setting" in str(told.value)
