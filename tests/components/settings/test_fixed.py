"""A deployed stack keeps its environment, account, region and address range."""

from collections.abc import Callable
from typing import Any

import pytest

from components.settings import fixed, parse, refused_changes
from components.settings.fixed import FIXED

Sections = Callable[[str], dict[str, Any]]


def test_a_stack_that_is_not_deployed_may_have_any_value(stack_sections: Sections) -> None:
    assert list(refused_changes(parse(stack_sections("prod")), {})) == []


def test_a_stack_may_keep_what_it_has(stack_sections: Sections) -> None:
    settings = parse(stack_sections("prod"))
    assert list(refused_changes(settings, fixed(settings))) == []


@pytest.mark.parametrize("path", FIXED)
def test_another_value_is_refused_with_what_to_do_instead(path: str, stack_sections: Sections) -> None:
    settings = parse(stack_sections("prod"))
    (problem,) = refused_changes(settings, fixed(settings) | {path: "before"})

    assert problem.startswith(f"clip-it:{path}: '{fixed(settings)[path]}' given; 'before' is deployed")
    assert "Deploy a second stack" in problem
