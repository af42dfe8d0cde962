"""What the bootstrap deploys."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.bundles import Bundle
from components.fleet_bootstrap import (
    BootstrappedFleet,
    FleetBootstrap,
    FleetBootstrapArgs,
)
from components.naming import Naming
from components.settings import Settings

Deployed = Callable[[Callable[[], object]], Any]
ASSOCIATION = "aws:ssm/association:Association"


def arguments(naming: Naming, prod: Settings, bundle: Bundle, engine: Bundle) -> FleetBootstrapArgs:
    return FleetBootstrapArgs(
        naming=naming,
        deployment=prod.deployment,
        renders=prod.renders,
        table_name="jobs",
        inputs_bucket="inputs",
        outputs_bucket="outputs",
        fleets={
            name: BootstrappedFleet(
                settings=fleet,
                engine=engine,
                queue_url=f"https://{name}",
                dead_letter_url=f"https://{name}-dead",
            )
            for name, fleet in prod.fleets.items()
        },
        agent=bundle,
        artifacts_bucket="artifacts",
        logs_bucket="logs",
    )


@pytest.fixture(scope="module")
def world(deployed: Deployed, naming: Naming, prod: Settings, bundle: Bundle) -> Any:
    args = arguments(naming, prod, bundle, bundle)
    return deployed(lambda: FleetBootstrap("bootstrap", args))


def test_whatever_instances_install_or_are_told_is_another_version_of_the_fleet(
    deployed: Deployed, naming: Naming, prod: Settings, bundle: Bundle
) -> None:
    def version(args: FleetBootstrapArgs) -> str:
        made: list[FleetBootstrap] = []
        deployed(lambda: made.append(FleetBootstrap("bootstrap", args)))
        return made[0].versions["cpu"]

    as_it_is = arguments(naming, prod, bundle, bundle)
    other = replace(bundle, sha256="cd" * 32)
    slower = replace(prod.renders, heartbeat_seconds=20)
    command = replace(prod.fleets["cpu"], engine_command="other-engine")
    versions = [
        version(as_it_is),
        version(arguments(naming, prod, other, bundle)),
        version(arguments(naming, prod, bundle, other)),
        version(replace(as_it_is, renders=slower)),
        version(
            replace(as_it_is, fleets={"cpu": replace(as_it_is.fleets["cpu"], settings=command)}),
        ),
    ]
    assert len(set(versions)) == len(versions)
    bigger = {
        name: replace(one, settings=replace(one.settings, maximum=99))
        for name, one in as_it_is.fleets.items()
    }
    assert version(replace(as_it_is, fleets=bigger)) == versions[0]


def test_an_agent_reads_its_environment_as_lines(world: Any) -> None:
    parameter = world.one("aws:ssm/parameter:Parameter", "bootstrap-gpu")
    assert parameter.inputs["name"] == "/clip-it/prod/gpu/agent-environment"
    assert parameter.inputs["type"] == "String"
    lines = parameter.inputs["value"].splitlines()
    assert {"CLIPIT_FLEET=gpu", "CLIPIT_QUEUE_URL=https://gpu", "CLIPIT_GROUP_NAME=clip-it-prod-gpu"} <= set(
        lines
    )


def test_agent_and_engine_lie_under_their_checksums_and_fleets_share_an_engine(
    world: Any, bundle: Bundle
) -> None:
    objects = world.of("aws:s3/bucketObjectv2:BucketObjectv2")
    assert sorted((one.inputs["bucket"], one.inputs["key"]) for one in objects) == [
        ("artifacts", f"agent/{bundle.sha256}.zip"),
        ("artifacts", f"engine/{bundle.sha256}.zip"),
    ]


def test_each_fleet_is_bootstrapped_at_once_and_repaired_every_half_hour(world: Any, bundle: Bundle) -> None:
    association = world.one(ASSOCIATION, "bootstrap-gpu").inputs
    assert association["scheduleExpression"] == "rate(30 minutes)"
    assert association["applyOnlyAtCronInterval"] is False
    assert association["targets"] == [
        {"key": "tag:Environment", "values": ["prod"]},
        {"key": "tag:Fleet", "values": ["gpu"]},
    ]
    assert association["parameters"] == {
        "AgentBundle": "https://s3.eu-central-1.amazonaws.com/clip-it-prod-artifacts-444455556666-eu-central-1"
        f"/agent/{bundle.sha256}.zip",
        "AgentSha256": bundle.sha256,
        "EngineBundle": "https://s3.eu-central-1.amazonaws.com"
        f"/clip-it-prod-artifacts-444455556666-eu-central-1/engine/{bundle.sha256}.zip",
        "EngineSha256": bundle.sha256,
        "AgentEnvironment": "{{ssm:/clip-it/prod/gpu/agent-environment}}",
        "EngineCommand": "clipit-engine",
        "InstallRoot": "/opt/clip-it",
        "MinimumFreeMiB": "20480",
    }


def test_every_association_is_pinned_bounded_and_reports(world: Any) -> None:
    associations = world.of(ASSOCIATION)
    assert {one.name for one in associations} == {
        "bootstrap-cpu",
        "bootstrap-gpu",
        "bootstrap-cpu-cloudwatch",
        "bootstrap-gpu-cloudwatch",
        "bootstrap-inventory",
        "bootstrap-patch-scan",
    }
    for association in associations:
        of_aws = association.inputs["name"].startswith(("AWS-", "Amazon"))
        assert association.inputs["documentVersion"] == "$DEFAULT" if of_aws else "1"
        assert association.inputs["maxConcurrency"].endswith("%")
        assert association.inputs["maxErrors"].endswith("%")
        assert association.inputs["complianceSeverity"] in {"CRITICAL", "MEDIUM"}
        assert association.inputs["outputLocation"]["s3BucketName"] == "logs"


@pytest.mark.parametrize("name", ["bootstrap-gpu", "bootstrap-gpu-cloudwatch"])
def test_a_new_instance_is_bootstrapped_and_watched_whatever_the_others_do(world: Any, name: str) -> None:
    bootstrap = world.one(ASSOCIATION, name).inputs
    assert (bootstrap["maxConcurrency"], bootstrap["maxErrors"]) == ("100%", "100%")


@pytest.mark.parametrize("label", ["inventory", "patch-scan"])
def test_upkeep_waits_for_the_night_and_never_stands_before_the_bootstrap(world: Any, label: str) -> None:
    upkeep = world.one(ASSOCIATION, f"bootstrap-{label}").inputs
    assert upkeep["scheduleExpression"].startswith("cron(")
    assert upkeep["applyOnlyAtCronInterval"] is True


def test_patches_are_looked_for_and_never_installed_under_a_render(world: Any) -> None:
    assert world.one(ASSOCIATION, "bootstrap-patch-scan").inputs["parameters"] == {"Operation": "Scan"}
