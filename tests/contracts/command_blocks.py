"""The pages' blocks of commands as the tests read them, and how each is tested.

Above each block stands an HTML comment, the mark:

- `<!-- test: runs -->` or `<!-- test: exits 7 -->`: `test_pages_on_local_stack.py` runs it, the pages of
  docs/operations in the order of their index, the others, and the tear-down;
- `<!-- test: tests/.../test_x.py -->`: that test runs it: it reads the page, or the block runs the test;
- `<!-- test: not run, REASON -->`: nobody can run it here.

The runbooks say it of each command (`cli/incidents/pages.py`), and no record of a decision is followed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "operations"
INDEX = FOLDER / "README.md"
OPERATIONS = sorted(path for path in FOLDER.glob("*.md") if path != INDEX)
_OTHERWISE = frozenset({ROOT / "docs" / "runbooks", ROOT / "docs" / "decisions"})
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "clients").rglob("*.md"))
    if path.parent not in _OTHERWISE
)

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
        return f"{self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page}:{self.line}"

    @property
    def code(self) -> int | None:
        """The exit code with which it ends on the local stack; None when it is not run there."""
        found = _RUNS.fullmatch(self.how)
        return int(found["code"] or 0) if found else None

    @property
    def marked(self) -> bool:
        """Whether the mark is one of the allowed ones; a named test exists and is about the page."""
        if named := _TEST.fullmatch(self.how):
            test = ROOT / named["file"]
            return test.is_file() and (self._runs(test) or self.page.name in test.read_text(encoding="utf-8"))
        return bool(_RUNS.fullmatch(self.how) or _NOT_RUN.fullmatch(self.how))

    def _runs(self, test: Path) -> bool:
        """Whether the block itself runs a test, by its path or by the target of make that has it."""
        name = str(test.relative_to(ROOT))
        targets = re.findall(r"^make (\S+)", self.script, re.MULTILINE)
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        rules = [re.search(rf"^{re.escape(one)}:.*\n(?:\t.*\n)*", makefile, re.MULTILINE) for one in targets]
        return any(name in text for text in (self.script, *(rule[0] for rule in rules if rule)))


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
