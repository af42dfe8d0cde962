"""The rules of docs/writing-guide.md that a program can judge.

To add a rule, write a function from a `Page` to its findings, name it in `RULES`, and in the guide beside the
sentence that it holds.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from pages.page import Finding, Page
from pages.shape import (
    blocks_have_languages,
    commands_before_explanations,
    commands_without_prompts,
    figures_have_commands,
    nested_items_are_indented_by_four,
    titles_stand_first,
)
from pages.wording import no_history_and_promises, no_judged_difficulty, reader_named

Rule: TypeAlias = Callable[[Page], Iterator[Finding]]

RULES: Final[tuple[Rule, ...]] = (
    reader_named,
    commands_before_explanations,
    blocks_have_languages,
    commands_without_prompts,
    titles_stand_first,
    figures_have_commands,
    nested_items_are_indented_by_four,
    no_judged_difficulty,
    no_history_and_promises,
)


def findings(page: Page) -> list[Finding]:
    """Every finding of every rule in a page, by line."""
    return sorted((found for rule in RULES for found in rule(page)), key=lambda one: one.line)
