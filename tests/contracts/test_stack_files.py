"""Every committed stack file parses, and the program builds with it."""

import pytest

from components.settings.stack_settings import FLEET_NAME, RESERVED_NAMES

NEEDED = {
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
    "balancer_dns_name",
    "webhook_secret_prefix",
    "job_server_image",
    "fixed_settings",
    "agent_version",
    "function_code",
    "job_server_task_definition",
    "table_format",
    "known_fleets",
}


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_the_program_builds_and_exports_what_an_operator_needs(program, stack) -> None:
    world = program(stack)
    assert len(world.resources) > 100
    assert set(world.exports) == NEEDED


def test_the_stacks_differ_in_values_and_not_in_the_kinds_of_things_they_deploy(program) -> None:
    kinds = {stack: {one.type for one in program(stack).resources if one.custom} for stack in ("dev", "prod")}
    only_in_dev = kinds["dev"] - kinds["prod"]
    assert not only_in_dev


def test_no_fleet_may_take_the_name_of_an_association_of_every_fleet(program) -> None:
    world = program("prod")
    shared = {
        one.name.removeprefix("bootstrap-")
        for one in world.of("aws:ssm/association:Association")
        if "tag:Component" in {target["key"] for target in one.inputs["targets"]}
    }
    assert len(shared) > 1
    assert {label for label in shared if not FLEET_NAME.refuses(label)} == RESERVED_NAMES
