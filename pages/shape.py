"""The rules of docs/writing-guide.md about what stands where."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from markdown_it.token import Token

from pages.page import SHELLS, WITH_HISTORY, Finding, Page, line_of, words

PROMPT: Final = re.compile(r"^\s*(?:\$|#|>) ?(?:\.venv/bin/|clipit |make |pulumi |aws )", re.MULTILINE)
LONGEST_LEAD: Final = 40
"""Words right above a command; a longer text explains what the reader has not seen."""
REQUIRED: Final = re.compile(r"You need\b")
FIGURE: Final = re.compile(
    r"\bp(?:50|9[059])\b|\$\d[\d,]*(?:\.\d+)?|\b\d[\d.,]* USD\b|\bmeasured (?:at|as|on|with|by `)"
    r"|\b(?:takes?|took|lasts?|costs?) (?:about |some |under )?\d[\d.,]* ?(?:ms|s|min|minutes|hours|[KMG]B)\b"
    r"|\b\d[\d.,]* (?:requests|renders|decisions|calls|jobs) (?:a|per) (?:second|minute|month)\b"
)
"""What a run of something came to; a limit or a setting is no figure."""
INDENT: Final = 4
RUN: Final = re.compile(r"(?:\.venv/bin/|clipit |make |\.ci/|/usr/bin/time )")


def blocks_have_languages(page: Page) -> Iterator[Finding]:
    """Each block is fenced and names its language; `text` is what a command prints."""
    for block in page.blocks():
        if not block.info.strip():
            yield page.found(line_of(block), "a block without a language; write ```bash, ```text, ...")


def commands_without_prompts(page: Page) -> Iterator[Finding]:
    """A block of commands can be pasted: no prompt, and no output among the commands."""
    for block in page.commands():
        if PROMPT.search(block.content):
            yield page.found(line_of(block), "a command behind a prompt; write the command alone")


def commands_before_explanations(page: Page) -> Iterator[Finding]:
    """A command stands before its explanation: above it is a short lead, or what the reader must have."""
    opening = page.opening()
    for block in page.commands():
        lead = _lead(page.tokens[: page.tokens.index(block)])
        if lead is None or lead is opening or REQUIRED.match(lead.content):
            continue
        if (length := len(words(lead).split())) > LONGEST_LEAD:
            yield page.found(
                line_of(lead),
                f"{length} words stand above their command, at most {LONGEST_LEAD} may; explain it below",
            )


def _lead(before: Sequence[Token]) -> Token | None:
    """The paragraph that ends right above a block; comments between them do not count."""
    left = [token for token in before if token.type != "html_block"]
    return left[-2] if left and left[-1].type == "paragraph_close" else None


def figures_have_commands(page: Page) -> Iterator[Finding]:
    """A section that gives a figure names the command that reproduces it; a record keeps those of its day."""
    if page.path.startswith(WITH_HISTORY):
        return
    for section in _sections(page):
        figures = [
            (line_of(token), found[0])
            for token in section
            if token.type == "inline"
            for found in FIGURE.finditer(words(token))
        ]
        if figures and not any(_runs(token) for token in section):
            line, figure = figures[0]
            yield page.found(
                line, f"{figure!r} without a command in its section; name the one that reproduces it"
            )


def _sections(page: Page) -> Iterator[Sequence[Token]]:
    """The tokens from each heading to the next."""
    begins = [place for place, token in enumerate(page.tokens) if token.type == "heading_open"]
    for begin, end in pairwise([0, *begins, len(page.tokens)]):
        yield page.tokens[begin:end]


def _runs(token: Token) -> bool:
    """Whether a token is a block of commands, or has a command in its text."""
    typed = (child for child in token.children or () if child.type == "code_inline")
    return token.info.strip() in SHELLS or any(RUN.match(child.content) for child in typed)


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


def nested_items_are_indented_by_four(page: Page) -> Iterator[Finding]:
    """An item within an item is indented by four spaces: with fewer, the site puts it beside the other."""
    for token in page.tokens:
        if token.type == "list_item_open" and token.level > 1:
            line = page.lines[line_of(token) - 1]
            indent = len(line) - len(line.lstrip())
            if indent % INDENT and not line.startswith(">"):
                yield page.found(
                    line_of(token), f"an item within an item, indented by {indent}; use {INDENT} spaces"
                )
