"""A page of the project in tokens of Markdown, and what a rule finds in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

SHELLS: Final = frozenset({"bash", "sh"})
WITH_HISTORY: Final = ("docs/decisions/", "CHANGELOG.md")
"""Beginnings of the paths of pages that tell what was."""


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
    """A page by its path from the root, its lines, and its Markdown in tokens."""

    path: str
    lines: tuple[str, ...]
    tokens: tuple[Token, ...]

    def found(self, line: int, text: str) -> Finding:
        """A finding in this page."""
        return Finding(page=self.path, line=line, text=text)

    def blocks(self) -> Iterator[Token]:
        """Its blocks of code, fenced or indented."""
        return (token for token in self.tokens if token.type in {"fence", "code_block"})

    def commands(self) -> Iterator[Token]:
        """Those of its blocks that a reader types."""
        return (block for block in self.blocks() if block.info.strip() in SHELLS)

    def opening(self) -> Token | None:
        """Its first paragraph."""
        return next((two for one, two in pairwise(self.tokens) if one.type == "paragraph_open"), None)

    def headings(self) -> Iterator[tuple[Token, Token]]:
        """The opening token of each heading, and its content."""
        return ((one, two) for one, two in pairwise(self.tokens) if one.type == "heading_open")

    def prose(self) -> Iterator[tuple[int, str]]:
        """Line and words of each paragraph, heading and cell, without code."""
        for token in self.tokens:
            if token.type == "inline":
                yield line_of(token), words(token)


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
    text = path.read_text(encoding="utf-8")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return Page(path=path.relative_to(root).as_posix(), lines=tuple(text.splitlines()), tokens=tuple(tokens))
