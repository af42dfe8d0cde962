"""Each control of the threat model names a test, and the test is there."""

import ast
import re

from tests.contracts.source_tree import ROOT

PAGE = ROOT / "docs" / "security.md"
COLUMNS = ("asset", "threat", "control", "test", "what remains")


def rows() -> list[list[str]]:
    """The cells of the table, without its head."""
    section = PAGE.read_text(encoding="utf-8").split("## Threats and controls", 1)[1].split("\n## ", 1)[0]
    lines = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    head, _, *found = [[cell.strip() for cell in line] for line in lines]
    assert tuple(cell.lower() for cell in head) == COLUMNS
    return found


def named_tests() -> set[str]:
    """The name of every test function of the project."""
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_control_names_tests_that_exist() -> None:
    there = named_tests()
    for row in rows():
        named = re.findall(r"`(test_\w+)`", row[COLUMNS.index("test")])
        assert named, f"{row[0]}: no test is named"
        assert set(named) <= there, f"{row[0]}: {set(named) - there}"
    everywhere = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert everywhere <= there, everywhere - there


def test_every_row_is_complete() -> None:
    assert len(rows()) >= 7
    for row in rows():
        assert len(row) == len(COLUMNS), row
        assert all(row), row
