"""Who has to know the resource types of the program knows them all, and the local provider no others."""

from collections.abc import Callable

import pytest

from cli.changes.effects import LASTING
from cli.impact.losses import LOST_WITH, REBUILT
from local.provider.types import TYPES

STACKS = ("local", "dev", "prod")


@pytest.fixture
def registered(program, bootstrapped) -> Callable[[str], set[str]]:
    """The types that the main program and the bootstrap program register for a stack of that name."""
    return lambda stack: {one.type for one in (*program(stack).resources, *bootstrapped(stack)) if one.custom}


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_that_a_stack_registers_is_known_to_the_local_provider(registered, stack) -> None:
    of_aws = {kind for kind in registered(stack) if kind.startswith("aws:")}
    assert sorted(of_aws - set(TYPES)) == []


def test_every_type_of_the_local_provider_is_registered_by_some_stack(registered) -> None:
    assert sorted(set(TYPES) - {kind for stack in STACKS for kind in registered(stack)}) == []


@pytest.mark.parametrize("stack", STACKS)
def test_somebody_has_said_of_each_type_of_the_program_what_is_lost_with_it(registered, stack) -> None:
    unknown = sorted(registered(stack) - set(LOST_WITH) - REBUILT)
    assert unknown == [], "add it to LOST_WITH or REBUILT in cli/impact/losses.py"


def test_what_no_setting_may_replace_is_lost_when_it_is_deleted() -> None:
    assert sorted(LASTING - set(LOST_WITH)) == []
