"""The pages of docs/operations as the tests read them: each block of commands, and how it is tested.

Above each block stands an HTML comment, the mark:

- `<!-- test: runs -->` or `<!-- test: exits 7 -->`: a test runs it against the local stack, in the order of
  the index and of the page;
- `<!-- test: tests/.../test_x.py -->`: that test runs it;
- `<!-- test: not run, REASON -->`: nobody can run it here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "operations"
INDEX = FOLDER / "README.md"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path != INDEX)

_FENCE = re.compile(r"^(?P<indent> *)```(?:ba)?sh\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"<!-- test: (?P<how>[^\n]+?) -->\s*\Z")
_RUNS = re.compile(r"runs|exits (?P<code>\d+)")
_NOT_RUN = re.compile(r"not run, \S.{10,}")
_TEST = re.compile(r"(?P<file>tests/[\w/]+\.py)")


@dataclass(frozen=True)
class Block:
    """A block of commands with its mark; the mark is empty where there is none."""

    page: Path
    line: int
    how: str
    script: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def code(self) -> int | None:
        """The exit code with which it ends on the local stack; None when it is not run there."""
        found = _RUNS.fullmatch(self.how)
        return int(found["code"] or 0) if found else None

    @property
    def marked(self) -> bool:
        """Whether the mark is one of the allowed ones; a named test exists and is about the page."""
        if named := _TEST.fullmatch(self.how):
            return (ROOT / named["file"]).is_file()
        return bool(_RUNS.fullmatch(self.how) or _NOT_RUN.fullmatch(self.how))


def blocks_of(page: Path) -> Iterator[Block]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for fence in _FENCE.finditer(text):
        before = text[: fence.start()]
        mark = _MARK.search(before)
        yield Block(
            page=page,
            line=before.count("\n") + 1,
            how=mark["how"] if mark else "",
            script=dedent(fence["text"]),
        )


def in_order() -> list[Path]:
    """The pages in the order of the index, which is that in which a stack lives."""
    named = re.findall(r"\]\((\w[\w-]*\.md)\)", INDEX.read_text(encoding="utf-8"))
    return [FOLDER / name for name in dict.fromkeys(named)]
