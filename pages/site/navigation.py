"""What the site's reader finds where: sections by the question that brought him, and their pages in order."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final


class LostPageError(Exception):
    """A page that no section holds; the text names it and says where to put it."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading of the navigation; a pattern with `*` holds the pages of a folder in order of their names."""

    title: str
    patterns: tuple[str, ...]


SECTIONS: Final = (
    Section(title="Start", patterns=("index.md", "CONTRIBUTING.md", "glossary.md")),
    Section(title="Call the API", patterns=("api.md", "reference.md", "composition.md", "clients/*")),
    Section(title="Deploy", patterns=("configuration.md", "changes.md", "operations/*")),
    Section(title="How to", patterns=("how-to/*",)),
    Section(title="Runbooks", patterns=("runbooks/*",)),
    Section(title="Understand", patterns=("architecture.md", "scaling.md", "security.md")),
    Section(title="Decisions", patterns=("decisions/*",)),
    Section(
        title="Look up",
        patterns=(
            "command-line.md",
            "policies*",
            "metrics-and-events.md",
            "engine-protocol.md",
            "worker-protocol.md",
        ),
    ),
    Section(title="Project", patterns=("CHANGELOG.md", "SECURITY.md", "writing-guide.md")),
)


def navigation(titles: Mapping[PurePosixPath, str]) -> str:
    """The `nav` setting in TOML for pages by place and title.

    Raises:
        LostPageError: No section holds a page.
    """
    lines = ["nav = ["]
    left = dict(titles)
    for section in SECTIONS:
        pages = [page for pattern in section.patterns for page in _matching(left, pattern)]
        for page in pages:
            left.pop(page)
        entries = ", ".join(f"{{ {json.dumps(titles[page])} = {json.dumps(str(page))} }}" for page in pages)
        lines.append(f"  {{ {json.dumps(section.title)} = [{entries}] }},")
    if left:
        raise LostPageError(
            f"{', '.join(map(str, left))}: no section of pages/site/navigation.py holds it; add it to one"
        )
    return "\n".join([*lines, "]"])


def _matching(pages: Iterable[PurePosixPath], pattern: str) -> list[PurePosixPath]:
    found = (page for page in pages if fnmatchcase(str(page), pattern))
    return sorted(found, key=lambda page: (page.name != "README.md", str(page)))
