"""A fleet's instances and their group."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.naming import Naming
from components.render_fleet import RenderFleet, RenderFleetArgs
from components.settings import Settings

Deployed = Callable[[Callable[[], object]], Any]
TYPES = ["c7i.4xlarge", "c6i.4xlarge", "c7a.4xlarge", "m7i.4xlarge"]


@pytest.fixture(scope="module")
def world(deployed: Deployed, naming: Naming, prod: Settings) -> Any:
    args = RenderFleetArgs(
        naming=naming,
        fleet="cpu",
        settings=replace(prod.fleets["cpu"], image_id="ami-0123456789abcdef0"),
        vpc_id="vpc-1",
        subnet_ids=["subnet-a", "subnet-b"],
        bootstrap_version="0123456789abcdef",
        bootstrapped_by=[],
    )
    return deployed(lambda: RenderFleet("cpu-fleet", args))


@pytest.fixture(scope="module")
def group(world: Any) -> dict[str, Any]:
    (group,) = world.of("aws:autoscaling/group:Group")
    inputs: dict[str, Any] = group.inputs
    return inputs


@pytest.fixture(scope="module")
def template(world: Any) -> dict[str, Any]:
    (template,) = world.of("aws:ec2/launchTemplate:LaunchTemplate")
    inputs: dict[str, Any] = template.inputs
    return inputs


def test_desired_capacity_belongs_to_the_scaler(world: Any) -> None:
    (group,) = world.of("aws:autoscaling/group:Group")
    assert "desiredCapacity" not in group.inputs
    assert group.ignore_changes == (
        "desiredCapacity",
        "initialLifecycleHooks",
        "mixedInstancesPolicy.instancesDistribution.onDemandPercentageAboveBaseCapacity",
    )


def test_nothing_rebalances_a_rendering_instance_away(group: dict[str, Any]) -> None:
    assert group["suspendedProcesses"] == ["AZRebalance"]
    assert group["capacityRebalance"] is False


def test_the_group_runs_the_template_version_that_was_deployed_with_it(group: dict[str, Any]) -> None:
    policy = group["mixedInstancesPolicy"]
    specification = policy["launchTemplate"]["launchTemplateSpecification"]
    assert specification == {"launchTemplateId": "cpu-fleet-id", "version": "1"}
    assert [one["instanceType"] for one in policy["launchTemplate"]["overrides"]] == TYPES
    assert policy["instancesDistribution"]["onDemandBaseCapacity"] == 0
    assert policy["instancesDistribution"]["onDemandPercentageAboveBaseCapacity"] == 20


def test_health_is_judged_explicitly_and_a_deployment_does_not_wait_for_it(group: dict[str, Any]) -> None:
    assert (group["healthCheckType"], group["healthCheckGracePeriod"]) == ("EC2", 300)
    assert group["waitForCapacityTimeout"] == "0"


def test_instances_are_replaced_without_fewer_of_them(group: dict[str, Any]) -> None:
    preferences = group["instanceRefresh"]["preferences"]
    assert (preferences["minHealthyPercentage"], preferences["maxHealthyPercentage"]) == (100, 110)


def test_a_lowered_capacity_ends_no_instance_but_a_refresh_replaces_all(group: dict[str, Any]) -> None:
    assert group["protectFromScaleIn"] is True
    assert group["instanceRefresh"]["preferences"]["scaleInProtectedInstances"] == "Refresh"


def test_a_refresh_replaces_a_tenth_first_and_stops_when_the_fleets_alarms_ring(
    group: dict[str, Any],
) -> None:
    preferences = group["instanceRefresh"]["preferences"]
    assert preferences["checkpointPercentages"] == [10, 100]
    assert preferences["checkpointDelay"] == "900"
    assert preferences["alarmSpecification"]["alarms"] == [
        "clip-it-prod-cpu-RenderDeadLetters",
        "clip-it-prod-cpu-RenderWaitsTooLong",
    ]


def test_a_refresh_does_not_roll_back_to_the_template_that_failed(group: dict[str, Any]) -> None:
    assert "autoRollback" not in group["instanceRefresh"]["preferences"]


def test_tags_reach_the_instances(group: dict[str, Any], naming: Naming) -> None:
    assert all(tag["propagateAtLaunch"] for tag in group["tags"])
    tags = {tag["key"]: tag["value"] for tag in group["tags"]}
    assert tags == naming.tags("render-fleet", fleet="cpu", Name="clip-it-prod-cpu")


def test_tags_reach_instances_volumes_and_interfaces_through_the_template(
    template: dict[str, Any], naming: Naming
) -> None:
    specifications = {one["resourceType"]: one["tags"] for one in template["tagSpecifications"]}
    assert set(specifications) == {"instance", "volume", "network-interface"}
    required = naming.tags("render-fleet", fleet="cpu")
    assert all(required.items() <= tags.items() for tags in specifications.values())


def test_a_new_agent_is_a_new_template_version(template: dict[str, Any]) -> None:
    assert template["tagSpecifications"][0]["tags"]["BootstrapVersion"] == "0123456789ab"


def test_instances_answer_metadata_only_to_tokens_of_their_own(template: dict[str, Any]) -> None:
    options = template["metadataOptions"]
    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


def test_volumes_are_encrypted_and_end_with_the_instance(template: dict[str, Any]) -> None:
    (mapping,) = template["blockDeviceMappings"]
    assert mapping["ebs"]["encrypted"] == "true"
    assert mapping["ebs"]["deleteOnTermination"] == "true"


def test_instances_have_no_public_address_and_accept_no_connection(
    world: Any, template: dict[str, Any]
) -> None:
    (interface,) = template["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert world.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == []
    assert "keyName" not in template
    assert "userData" not in template


def test_hooks_hold_back_unverified_and_draining_instances(world: Any) -> None:
    hooks = {
        one.inputs["name"]: (
            one.inputs["lifecycleTransition"].rpartition("_")[2],
            one.inputs["defaultResult"],
            one.inputs["heartbeatTimeout"],
        )
        for one in world.of("aws:autoscaling/lifecycleHook:LifecycleHook")
    }
    assert hooks == {
        "bootstrap": ("LAUNCHING", "ABANDON", 1200),
        "drain": ("TERMINATING", "CONTINUE", 4200),
    }


def test_hooks_are_there_before_the_group_launches_its_first_instance(
    world: Any, group: dict[str, Any]
) -> None:
    separate = [one.inputs for one in world.of("aws:autoscaling/lifecycleHook:LifecycleHook")]
    assert separate
    assert {one["name"]: one for one in group["initialLifecycleHooks"]} == {
        one["name"]: {key: value for key, value in one.items() if key != "autoscalingGroupName"}
        for one in separate
    }


@pytest.fixture
def platform(world: Any) -> list[dict[str, Any]]:
    policy = json.loads(world.one("aws:iam/rolePolicy:RolePolicy", "cpu-fleet-platform").inputs["policy"])
    statements: list[dict[str, Any]] = policy["Statement"]
    return statements


def test_an_instance_may_list_the_bucket_from_which_systems_manager_copies_the_agent(
    platform: list[dict[str, Any]],
) -> None:
    """aws:downloadContent lists what lies under its path first and gives up when it may not."""
    (listing,) = [one for one in platform if "s3:ListBucket" in one["Action"]]
    (bucket,) = listing["Resource"]
    (reading,) = [one for one in platform if f"{bucket}/agent/*" in one["Resource"]]
    assert reading["Action"] == ["s3:GetObject"]


def test_an_instance_reads_no_parameter_but_its_own(platform: list[dict[str, Any]]) -> None:
    reading = [one for one in platform if "ssm:GetParameter" in one["Action"]]
    assert [one["Resource"] for one in reading] == [
        [
            "arn:aws:ssm:eu-central-1:444455556666:parameter/clip-it/prod/cpu/agent-environment",
            "arn:aws:ssm:eu-central-1:444455556666:parameter/clip-it/prod/cpu/cloudwatch-agent",
        ]
    ]


def test_an_instance_writes_its_fleet_s_log_and_our_metrics_alone(platform: list[dict[str, Any]]) -> None:
    (logs,) = [one for one in platform if "logs:PutLogEvents" in one["Action"]]
    assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert logs["Resource"] == ["arn:aws:logs:eu-central-1:444455556666:log-group:/clip-it/prod/cpu/agent:*"]
    (metrics,) = [one for one in platform if "cloudwatch:PutMetricData" in one["Action"]]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "ClipIt"}}


def test_an_instance_without_internet_may_fetch_the_packages_of_aws(platform: list[dict[str, Any]]) -> None:
    fetched = {arn for one in platform if one["Action"] == ["s3:GetObject"] for arn in one["Resource"]}
    assert {
        "arn:aws:s3:::amazon-ssm-packages-eu-central-1/*",
        "arn:aws:s3:::aws-ssm-distributor-file-eu-central-1/*",
        "arn:aws:s3:::aws-patch-manager-eu-central-1-*/*",
        "arn:aws:s3:::eu-central-1-birdwatcher-prod/*",
    } <= fetched
    assert all(arn.startswith("arn:aws:s3:::clip-it-") or "eu-central-1" in arn for arn in fetched)


def test_an_agent_may_put_dead_letters_aside_and_never_take_them(world: Any) -> None:
    policy = json.loads(world.one("aws:iam/rolePolicy:RolePolicy", "cpu-fleet-agent").inputs["policy"])
    queue = "arn:aws:sqs:eu-central-1:444455556666:clip-it-prod-cpu-renders-dead-letters"
    allowed = [one["Action"] for one in policy["Statement"] if queue in one["Resource"]]
    assert allowed == [["sqs:SendMessage"]]
