"""The page for operators and the code name the same log events."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
LEVELS = {"say": "info", "warn": "warning", "error": "error"}


def said() -> set[tuple[str, str]]:
    """Every event that the code writes, with its level."""
    found = set()
    for path in sorted((ROOT / "handlers" / "render_agent").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=str(event)), *_]):
                    if method in LEVELS:
                        found.add((event, LEVELS[method]))
    return found


def documented() -> set[tuple[str, str]]:
    """Every row of the page's last table."""
    page = (ROOT / "docs" / "worker-protocol.md").read_text().partition("## Log events")[2]
    return set(re.findall(r"^\| `(\w+)` \| (info|warning|error) \|", page, re.MULTILINE))


def test_every_event_is_documented_with_its_level_and_no_other() -> None:
    assert said(), "the code was not found"
    assert documented() == said()
