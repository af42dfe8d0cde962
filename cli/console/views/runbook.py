"""Runbooks as pages of the console, the names of an alarm filled into their commands."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cli.console.reading.alarms import Ringing
from cli.incidents.pages import FOLDER

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_SETTING = re.compile(r"^export STACK=.*$", re.MULTILINE)
_NAME = re.compile(r"\$\{?(STACK|FLEET|FUNCTION)\b\}?")
_PAGE = re.compile(r"(\w+)\.md(#[\w-]+)?")
_NOT_IN_AN_ANCHOR = re.compile(r"[^\w -]")
FUNCTION = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Names:
    """What stands for `$STACK`, `$FLEET` and `$FUNCTION`; empty where the alarm does not say."""

    stack: str
    fleet: str = ""
    function: str = ""

    @property
    def query(self) -> str:
        """The part of a page's address that keeps them."""
        given = {"fleet": self.fleet, "function": self.function}
        return urlencode({name: value for name, value in given.items() if value})

    def fill(self, text: str) -> str:
        """A text with the names in it; those that are not known stay."""
        known = {"STACK": self.stack, "FLEET": self.fleet, "FUNCTION": self.function}
        listed = " ".join(f"{name}={value}" for name, value in known.items() if value)
        # The line that sets the names: what it sets is filled in everywhere else.
        return _NAME.sub(lambda found: known[found[1]] or found[0], _SETTING.sub(f"export {listed}", text))


def names_of(alarm: Ringing, stack: str, fleets: Iterable[str]) -> Names:
    """The names that an alarm's own name has in it."""
    parts = alarm.subject.split("-")
    function = alarm.subject if alarm.runbook.startswith("Function") else ""
    if alarm.runbook.startswith("Webhook"):
        function = "notifier"
    return Names(stack=stack, fleet=next((one for one in fleets if one in parts), ""), function=function)


def kinds(folder: Path = FOLDER) -> frozenset[str]:
    """The runbooks that there are; the index is one of them."""
    return frozenset(page.stem for page in folder.glob("*.md"))


def as_html(kind: str, names: Names, folder: Path = FOLDER) -> str:
    """A runbook as HTML; any HTML in it is shown as text, and links lead to other runbooks only."""
    text = names.fill(_COMMENT.sub("", (folder / f"{kind}.md").read_text(encoding="utf-8")))
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    _name_headings(tokens)
    known = kinds(folder)
    for token in tokens:
        token.children = [*_linked(token.children or [], known, names)] if token.children else token.children
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _name_headings(tokens: Sequence[Token]) -> None:
    """Give each heading the anchor by which other pages link to it."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = _NOT_IN_AN_ANCHOR.sub("", inline.content.lower())
            opening.attrSet("id", words.replace(" ", "-"))


def _linked(children: Sequence[Token], known: Iterable[str], names: Names) -> Iterable[Token]:
    """The parts of a text; of pictures and of links elsewhere the words alone: the console serves neither."""
    drop = False
    for child in children:
        if child.type == "image":
            yield Token("text", "", 0, content=f"[Picture: {child.content}]")
            continue
        if child.type == "link_open":
            found = _PAGE.fullmatch(str(child.attrGet("href")))
            drop = found is None or found[1] not in known
            if found and not drop:
                query = f"?{names.query}" if names.query else ""
                child.attrSet("href", f"/runbooks/{found[1]}{query}{found[2] or ''}")
        if not (drop and child.type in {"link_open", "link_close"}):
            yield child
        if child.type == "link_close":
            drop = False
