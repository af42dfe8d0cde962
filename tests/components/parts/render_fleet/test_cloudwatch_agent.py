"""What brings the instances of a fleet into CloudWatch."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.naming import Naming
from components.parts.network.endpoints import INTERFACES
from components.parts.render_fleet.cloudwatch_agent import (
    CloudWatchAgentArgs,
    agent_settings,
    build_cloudwatch_agent,
)
from components.settings import Settings

Deployed = Callable[[Callable[[], object]], Any]
ASSOCIATION = "aws:ssm/association:Association"


class Box(pulumi.ComponentResource):
    def __init__(self, args: CloudWatchAgentArgs) -> None:
        super().__init__("test:index:Box", "box")
        build_cloudwatch_agent("boot-gpu", args, self)


@pytest.fixture(scope="module")
def world(deployed: Deployed, naming: Naming, prod: Settings) -> Any:
    args = CloudWatchAgentArgs(
        naming=naming,
        deployment=prod.deployment,
        fleet="gpu",
        install_root="/opt/clip-it",
        logs_bucket="logs",
    )
    return deployed(lambda: Box(args))


@pytest.fixture
def given(naming: Naming) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(agent_settings(naming, "gpu", "/opt/clip-it"))
    return settings


def test_the_agent_is_installed_and_told_what_to_do_on_one_fleet_s_instances(world: Any) -> None:
    install = world.one(ASSOCIATION, "boot-gpu-cloudwatch-install").inputs
    settings = world.one(ASSOCIATION, "boot-gpu-cloudwatch-settings").inputs
    assert (install["name"], install["parameters"]) == (
        "AWS-ConfigureAWSPackage",
        {"action": "Install", "name": "AmazonCloudWatchAgent"},
    )
    assert settings["name"] == "AmazonCloudWatch-ManageAgent"
    assert settings["parameters"] == {
        "action": "configure",
        "mode": "ec2",
        "optionalConfigurationSource": "ssm",
        "optionalConfigurationLocation": "/clip-it/prod/gpu/cloudwatch-agent",
        "optionalRestart": "yes",
    }
    for association in (install, settings):
        assert {target["key"]: target["values"] for target in association["targets"]} == {
            "tag:Environment": ["prod"],
            "tag:Fleet": ["gpu"],
        }
        assert association["documentVersion"] == "$DEFAULT"


def test_settings_that_met_no_agent_are_applied_again_soon(world: Any) -> None:
    settings = world.one(ASSOCIATION, "boot-gpu-cloudwatch-settings").inputs
    assert settings["scheduleExpression"] == "rate(30 minutes)"
    assert settings["applyOnlyAtCronInterval"] is False


def test_the_log_group_has_an_end_and_is_there_before_anybody_writes(world: Any) -> None:
    (group,) = world.of("aws:cloudwatch/logGroup:LogGroup")
    assert (group.inputs["name"], group.inputs["retentionInDays"]) == ("/clip-it/prod/gpu/agent", 365)
    assert group.protect
    assert group.urn in world.one(ASSOCIATION, "boot-gpu-cloudwatch-settings").dependencies


def test_the_render_agent_s_log_goes_to_the_group_with_a_stream_for_each_instance(
    world: Any, given: dict[str, Any]
) -> None:
    (group,) = world.of("aws:cloudwatch/logGroup:LogGroup")
    (log,) = given["logs"]["logs_collected"]["files"]["collect_list"]
    assert log["file_path"] == "/opt/clip-it/log/agent.log"
    assert (log["log_group_name"], log["log_stream_name"]) == (group.inputs["name"], "{instance_id}")


def test_disk_memory_and_processor_are_metrics_of_the_fleet(given: dict[str, Any]) -> None:
    metrics = given["metrics"]
    assert metrics["namespace"] == "ClipIt"
    assert metrics["aggregation_dimensions"] == [["Environment", "Fleet"]]
    assert set(metrics["metrics_collected"]) == {"cpu", "disk", "mem"}
    for collected in metrics["metrics_collected"].values():
        assert collected["append_dimensions"] == {"Environment": "prod", "Fleet": "gpu"}


def test_the_processor_is_one_series_and_not_one_for_each_core(given: dict[str, Any]) -> None:
    cpu = given["metrics"]["metrics_collected"]["cpu"]
    assert cpu["totalcpu"] is True
    assert "resources" not in cpu


def test_the_settings_lie_in_the_parameter_that_the_agent_is_sent_to(
    world: Any, given: dict[str, Any]
) -> None:
    (parameter,) = world.of("aws:ssm/parameter:Parameter")
    assert parameter.inputs["name"] == "/clip-it/prod/gpu/cloudwatch-agent"
    assert json.loads(parameter.inputs["value"]) == given


def test_settings_longer_than_a_parameter_are_refused(naming: Naming) -> None:
    with pytest.raises(ValueError, match="a parameter holds 4096"):
        agent_settings(naming, "gpu", "/opt/" + "x" * 4000)


def test_endpoints_lead_to_logs_and_metrics_where_there_is_no_other_way() -> None:
    assert {"logs", "monitoring", "ssm"} <= set(INTERFACES)
