"""What brings the instances of a fleet into CloudWatch."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
import yaml
from pulumi_aws import ssm

from components.fleet_bootstrap import CLOUDWATCH_DOCUMENT
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
    def __init__(self, naming: Naming, prod: Settings) -> None:
        super().__init__("test:index:Box", "box")
        document = ssm.Document(
            "cloudwatch", name="clip-it-prod-cloudwatch-agent", document_type="Command", content="{}"
        )
        args = CloudWatchAgentArgs(
            naming=naming,
            deployment=prod.deployment,
            fleet="gpu",
            install_root="/opt/clip-it",
            document=document,
            logs_bucket="logs",
        )
        build_cloudwatch_agent("boot-gpu", args, self)


@pytest.fixture(scope="module")
def world(deployed: Deployed, naming: Naming, prod: Settings) -> Any:
    return deployed(lambda: Box(naming, prod))


@pytest.fixture
def given(naming: Naming) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(agent_settings(naming, "gpu", "/opt/clip-it"))
    return settings


def test_one_association_brings_the_agent_and_its_settings_to_one_fleet_s_instances(world: Any) -> None:
    (association,) = [one.inputs for one in world.of(ASSOCIATION)]
    assert (association["name"], association["documentVersion"]) == ("clip-it-prod-cloudwatch-agent", "1")
    assert association["parameters"] == {"Settings": "/clip-it/prod/gpu/cloudwatch-agent"}
    assert {target["key"]: target["values"] for target in association["targets"]} == {
        "tag:Environment": ["prod"],
        "tag:Fleet": ["gpu"],
    }
    assert association["applyOnlyAtCronInterval"] is False


def test_the_agent_is_installed_before_it_gets_its_settings() -> None:
    install, configure = yaml.safe_load(CLOUDWATCH_DOCUMENT.read_text())["mainSteps"]
    assert install["action"] == "aws:configurePackage"
    assert install["inputs"] == {"onFailure": "exit", "action": "Install", "name": "AmazonCloudWatchAgent"}
    assert configure["action"] == "aws:runDocument"
    assert configure["inputs"]["documentPath"] == "AmazonCloudWatch-ManageAgent"
    assert configure["inputs"]["documentParameters"]["optionalConfigurationLocation"] == "{{ Settings }}"


def test_the_log_group_has_an_end_and_is_there_before_anybody_writes(world: Any) -> None:
    (group,) = world.of("aws:cloudwatch/logGroup:LogGroup")
    assert (group.inputs["name"], group.inputs["retentionInDays"]) == ("/clip-it/prod/gpu/agent", 365)
    assert group.protect
    assert group.urn in world.one(ASSOCIATION, "boot-gpu-cloudwatch").dependencies


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


def test_no_instance_has_a_series_of_its_own(given: dict[str, Any]) -> None:
    metrics = given["metrics"]
    assert "append_dimensions" not in metrics
    for collected in metrics["metrics_collected"].values():
        assert collected["drop_original_metrics"] == collected["measurement"]


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
