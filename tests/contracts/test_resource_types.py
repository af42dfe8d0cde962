"""Who has to know the resource types of the program knows them all, and the local provider no others."""

import pytest

from cli.changes.effects import LASTING
from cli.impact.losses import LOST_WITH, REBUILT
from local.provider.types import TYPES

STACKS = ("local", "dev", "prod")


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_that_a_stack_registers_is_known_to_the_local_provider(program, stack) -> None:
    registered = {one.type for one in program(stack).resources if one.custom and one.type.startswith("aws:")}
    assert sorted(registered - set(TYPES)) == []


def test_every_type_of_the_local_provider_is_registered_by_some_stack(program) -> None:
    registered = {one.type for stack in STACKS for one in program(stack).resources}
    assert sorted(set(TYPES) - registered) == []


@pytest.mark.parametrize("stack", STACKS)
def test_somebody_has_said_of_each_type_of_the_program_what_is_lost_with_it(program, stack) -> None:
    registered = {one.type for one in program(stack).resources if one.custom}
    unknown = sorted(registered - set(LOST_WITH) - REBUILT)
    assert unknown == [], "add it to LOST_WITH or REBUILT in cli/impact/losses.py"


def test_what_no_setting_may_replace_is_lost_when_it_is_deleted() -> None:
    assert sorted(LASTING - set(LOST_WITH)) == []
