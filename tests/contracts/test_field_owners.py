"""Each field has one owner: what the program ignores is what the pack allows and what the page says."""

from pathlib import Path

import pytest
from guardrails.rules.ignore_changes_allowlist import OPTIONS

ROOT = Path(__file__).parents[2]


def listed() -> set[tuple[str, str]]:
    """The resource types and fields in the page's table of owners."""
    section = (ROOT / "docs/changes.md").read_text().split("## Who owns a field", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("`") for line in section.splitlines() if line.startswith("| `")]
    return {(cells[1], cells[3]) for cells in rows}


def allowed() -> set[tuple[str, str]]:
    """The resource types and fields of which the pack lets changes be ignored."""
    (option,) = OPTIONS
    assert isinstance(option.default, dict)
    return {(kind, path) for kind, paths in option.default.items() for path in paths}


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_the_program_ignores_what_the_page_gives_another_owner(program, stack: str) -> None:
    ignored = {(one.type, path) for one in program(stack).resources for path in one.ignore_changes}

    assert ignored == listed()


def test_the_pack_allows_no_other_field_to_be_ignored() -> None:
    assert allowed() == listed()
