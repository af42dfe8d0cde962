"""The codes with which the reference engine ends are those of the page, with the exit code of each."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXITS = {"Refused": "2", "TryAgainLater": "3", "EncoderFailed": "3"}
# Judges a finished video for the tests and the demo; the protocol knows nothing of it.
NO_PART_OF_A_RENDER = {"probe.py"}


def raised() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "render_engine").rglob("*.py"):
        if path.name in NO_PART_OF_A_RENDER:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(code)), *_]) if (
                    name in EXITS
                ):
                    yield code, EXITS[name]


def written() -> Iterator[tuple[str, str]]:
    page = (ROOT / "docs" / "engine-protocol.md").read_text("utf-8")
    _, _, table = page.partition("## Codes of the reference engine")
    yield from re.findall(r"^\| `(\w+)` \| (\d) \|", table.partition("\n## ")[0], re.MULTILINE)


def test_every_code_of_the_engine_is_in_the_page_with_its_exit_code() -> None:
    assert set(written()) == set(raised())
