"""The program stops before it registers anything when a deployed stack would get another fixed setting."""

import json

import pulumi
import pytest

from components.settings import fixed, parse
from tests.conftest import built_with, stack_config


def test_a_deployed_stack_is_not_given_another_address_range() -> None:
    config = stack_config("dev")
    sections = {
        key.split(":")[1]: json.loads(value) for key, value in config.items() if value.startswith("{")
    }
    deployed = fixed(parse(sections)) | {"network.cidr": "10.0.0.0/16"}

    with pytest.raises(
        pulumi.RunError, match=r"network\.cidr: '10\.20\.0\.0/16' given; '10\.0\.0\.0/16' is deployed"
    ):
        built_with(config, "dev", deployed={"fixed_settings": deployed})


def test_a_stack_goes_on_with_what_it_has(program) -> None:
    deployed = program("dev").exports

    assert built_with(stack_config("dev"), "dev", deployed=deployed).exports == deployed


def test_the_sweeper_hears_of_a_fleet_that_was_deployed_and_is_no_more() -> None:
    world = built_with(stack_config("dev"), "dev", deployed={"known_fleets": ["cpu", "gpu"]})
    sweeper = world.one("aws:lambda/function:Function", "sweeper")

    assert sweeper.inputs["environment"]["variables"]["CLIPIT_REMOVED_FLEETS"] == '["gpu"]'
    assert world.exports["known_fleets"] == ["cpu", "gpu"]
