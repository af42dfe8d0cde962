"""The program stops before it registers anything when a deployed stack would get another fixed setting."""

import json
from types import SimpleNamespace

import pulumi
import pytest

from components import stack_config as stack_config_module
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


def half_written_for(times: int, told: str = stack_config_module.HALF_WRITTEN):
    """The engine's look-up, which fails that often."""
    left = [told] * times

    def look_up(name: str) -> object:
        if left:
            raise Exception(f"invoke of pulumi:pulumi:readStackOutputs failed: {left.pop()}")  # noqa: TRY002
        return {"outputs": {"known_fleets": ["cpu"]}}

    return look_up


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_config_module, "time", SimpleNamespace(sleep=lambda _seconds: None))


@pytest.mark.usefixtures("at_once")
def test_a_checkpoint_that_is_being_written_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_config_module, "_look_up", half_written_for(4))
    assert stack_config_module._deployed("known_fleets") == ["cpu"]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("times", "told"), [(5, stack_config_module.HALF_WRITTEN), (1, "access denied")])
def test_a_checkpoint_that_cannot_be_read_stops_the_program(
    times: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_config_module, "_look_up", half_written_for(times, told))
    with pytest.raises(Exception, match=told):
        stack_config_module._deployed("known_fleets")
