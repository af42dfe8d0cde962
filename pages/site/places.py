"""Where a file of the repository stands in the site, and links between pages rewritten to match.

A page may link to any file of the repository, as it does on a Git host. In the site such a file has a page
that shows its text, so every link leads somewhere without a network.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

SOURCE_FOLDER: Final = PurePosixPath("source")
DOCS: Final = PurePosixPath("docs")
FENCE: Final = re.compile(r"^ *(```|~~~)")
# A target in parentheses after a closing bracket; one with a scheme or only a fragment stays.
LINK: Final = re.compile(r"(?<=\]\()(?![a-z][a-z0-9+.-]*:|#)([^)\s#]+)(#[^)\s]*)?(?=\))")


class BrokenLinkError(Exception):
    """A page links to a file that does not exist; the text names page, line and target."""


@dataclass(frozen=True, kw_only=True)
class SitePage:
    """A page of the site: its place, its Markdown, and the linked files that need a page."""

    place: PurePosixPath
    markdown: str
    shows: frozenset[PurePosixPath] = frozenset()


def place_of(path: PurePosixPath) -> PurePosixPath:
    """The place in the site of a repository file: a page's own, or a page that shows the file."""
    if path == PurePosixPath("README.md"):
        return PurePosixPath("index.md")
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS)
    if path.name == "README.md":
        return path.parent.with_suffix(".md")
    if path.suffix == ".md" and not path.parts[0].startswith("."):
        return path
    # Zensical skips what starts with a dot.
    shown = SOURCE_FOLDER.joinpath(*(part.lstrip(".") for part in path.parts))
    return shown.with_name(f"{shown.name}.md")


def page_of(root: Path, path: PurePosixPath) -> SitePage:
    """The page of one Markdown file, its links rewritten for the site.

    Raises:
        BrokenLinkError: It links to a file that does not exist.
    """
    shows: set[PurePosixPath] = set()
    lines = []
    fenced = False
    for number, line in enumerate((root / path).read_text().splitlines(), start=1):
        if FENCE.match(line):
            fenced = not fenced
        if fenced:
            lines.append(line)
            continue

        def moved(found: re.Match[str], number: int = number) -> str:
            target = PurePosixPath(os.path.normpath(path.parent / found[1]))
            if not (root / target).exists():
                raise BrokenLinkError(f"{path}:{number}: {found[1]} does not exist; correct the link")
            if place_of(target).is_relative_to(SOURCE_FOLDER):
                shows.add(target)
            return os.path.relpath(place_of(target), place_of(path).parent) + (found[2] or "")

        lines.append(LINK.sub(moved, line))
    return SitePage(place=place_of(path), markdown="\n".join(lines) + "\n", shows=frozenset(shows))


def source_page(root: Path, path: PurePosixPath) -> SitePage:
    """The page that shows a linked file's text, or what a linked folder holds."""
    file = root / path
    if file.is_dir():
        names = sorted(f"- `{one.name}{'/' if one.is_dir() else ''}`" for one in file.iterdir())
        body = "\n".join(name for name in names if "__pycache__" not in name)
    else:
        text = file.read_text()
        ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
        body = f"{ticks}{file.suffix.removeprefix('.') or 'text'}\n{text}{ticks}"
    return SitePage(place=place_of(path), markdown=f"# {path}\n\n{body}\n")
