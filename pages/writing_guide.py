"""The rules of docs/writing-guide.md that a program can judge.

To add a rule, write a function from a `Page` to its findings and name it in `RULES`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token

READER: Final = re.compile(
    r"\b(you|who\w*|every(?:body|one)|(?:operator|developer|engineer|auditor|customer|reviewer|newcomer)s?)\b"
)
JUDGED: Final = re.compile(
    r"\b(simply|just|easy|easily|obvious(?:ly)?|of course|trivial(?:ly)?|straightforward(?:ly)?"
    r"|effortless(?:ly)?|seamless(?:ly)?|powerful|elegant(?:ly)?|blazing(?:ly)?)\b",
    re.IGNORECASE,
)
ANOTHER_TIME: Final = re.compile(
    r"\b(roadmap|planned|coming soon|in the future|in a future (?:release|version)"
    r"|not yet (?:implemented|supported)|for now|formerly|in the past|used to be|was renamed"
    r"|as of (?:release|version))\b",
    re.IGNORECASE,
)
SHELLS: Final = frozenset({"bash", "sh"})
PROMPT: Final = re.compile(r"^\s*(?:\$|#|>) ?(?:\.venv/bin/|clipit |make |pulumi |aws )", re.MULTILINE)
# The reader of a runbook is the operator whom its alarm woke, that of a record who changes the code.
WITHOUT_READER: Final = ("docs/decisions/", "docs/runbooks/", ".github/", "CHANGELOG.md")
WITH_HISTORY: Final = ("docs/decisions/", "CHANGELOG.md")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of a page that breaks a rule, and what to do."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page by its path from the root, and its Markdown in tokens."""

    path: str
    tokens: tuple[Token, ...]

    def found(self, line: int, text: str) -> Finding:
        """A finding in this page."""
        return Finding(page=self.path, line=line, text=text)

    def blocks(self) -> Iterator[Token]:
        """Its blocks of code, fenced or indented."""
        return (token for token in self.tokens if token.type in {"fence", "code_block"})

    def headings(self) -> Iterator[tuple[Token, Token]]:
        """The opening token of each heading, and its content."""
        return ((one, two) for one, two in pairwise(self.tokens) if one.type == "heading_open")

    def prose(self) -> Iterator[tuple[int, str]]:
        """Line and words of each paragraph, heading and cell, without code."""
        for token in self.tokens:
            if token.type == "inline":
                yield line_of(token), words(token)


Rule: TypeAlias = Callable[[Page], Iterator[Finding]]


def line_of(token: Token) -> int:
    """The first line of a token, counted from 1."""
    return token.map[0] + 1 if token.map else 1


def words(token: Token) -> str:
    """What a paragraph says, without what stands in backquotes or quotation marks."""
    text = "".join(" " if child.type == "softbreak" else child.content for child in _plain(token))
    return re.sub(r'"[^"]*"', '""', text)


def _plain(token: Token) -> Iterator[Token]:
    return (child for child in token.children or () if child.type in {"text", "softbreak"})


def read(root: Path, path: Path) -> Page:
    """Parse a page below the root."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    return Page(path=path.relative_to(root).as_posix(), tokens=tuple(tokens))


def reader_named(page: Page) -> Iterator[Finding]:
    """The opening paragraph says for whom the page is."""
    opening = next((two for one, two in pairwise(page.tokens) if one.type == "paragraph_open"), None)
    if page.path.startswith(WITHOUT_READER) or (opening and READER.search(words(opening))):
        return
    line = line_of(opening) if opening else 1
    yield page.found(
        line, "the opening names no reader; say for whom the page is, such as operators or developers"
    )


def blocks_have_languages(page: Page) -> Iterator[Finding]:
    """Each block is fenced and names its language; `text` is what a command prints."""
    for block in page.blocks():
        if not block.info.strip():
            yield page.found(line_of(block), "a block without a language; write ```bash, ```text, ...")


def commands_without_prompts(page: Page) -> Iterator[Finding]:
    """A block of commands can be pasted: no prompt, and no output among the commands."""
    for block in page.blocks():
        if block.info.strip() in SHELLS and PROMPT.search(block.content):
            yield page.found(line_of(block), "a command behind a prompt; write the command alone")


def no_judged_difficulty(page: Page) -> Iterator[Finding]:
    """No praise, and no word that tells the reader how hard something is."""
    for line, text in page.prose():
        for found in JUDGED.finditer(text):
            yield page.found(line, f"{found[0]!r} judges or praises; leave it out")


def no_history_and_promises(page: Page) -> Iterator[Finding]:
    """A page says what is; what was and what will be is said by CHANGELOG and decision records."""
    if page.path.startswith(WITH_HISTORY):
        return
    for line, text in page.prose():
        for found in ANOTHER_TIME.finditer(text):
            yield page.found(line, f"{found[0]!r} speaks of another time; say what is")


def titles_stand_first(page: Page) -> Iterator[Finding]:
    """A page has one title, and no heading skips a level below it."""
    levels = [(line_of(one), int(one.tag[1:])) for one, _ in page.headings()]
    for line, level in levels[1:]:
        if level == 1:
            yield page.found(line, "a second title; a page is about one task")
    for (_, above), (line, level) in pairwise(levels):
        if level > above + 1:
            yield page.found(
                line, f"a heading of level {level} under one of level {above}; use level {above + 1}"
            )


RULES: Final[tuple[Rule, ...]] = (
    reader_named,
    blocks_have_languages,
    commands_without_prompts,
    no_judged_difficulty,
    no_history_and_promises,
    titles_stand_first,
)


def findings(page: Page) -> list[Finding]:
    """Every finding of every rule in a page, by line."""
    return sorted((found for rule in RULES for found in rule(page)), key=lambda one: one.line)
