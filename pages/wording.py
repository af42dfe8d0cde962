"""The rules of docs/writing-guide.md about words."""

import re
from collections.abc import Iterator
from typing import Final

from pages.page import WITH_HISTORY, Finding, Page, line_of, words

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
# The reader of a runbook is the operator whom its alarm woke, that of a record who changes the code.
WITHOUT_READER: Final = ("docs/decisions/", "docs/runbooks/", ".github/", "CHANGELOG.md")


def reader_named(page: Page) -> Iterator[Finding]:
    """The opening paragraph says for whom the page is."""
    opening = page.opening()
    if page.path.startswith(WITHOUT_READER) or (opening and READER.search(words(opening))):
        return
    line = line_of(opening) if opening else 1
    yield page.found(
        line, "the opening names no reader; say for whom the page is, such as operators or developers"
    )


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
