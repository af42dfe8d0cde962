"""Build the site: stage every page under `build/site-source`, and let Zensical write `build/site`."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from pages.site import api_reference
from pages.site.diagrams import drawn
from pages.site.navigation import navigation
from pages.site.places import SitePage, page_of, source_page

HERE: Final = Path(__file__).parent
ROOT_PAGES: Final = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
TITLE: Final = re.compile(r"^# (.+)$", re.MULTILINE)
ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*m")
BUILD_SECONDS: Final = 120


class BuildError(Exception):
    """Zensical refused the pages; the text is what it printed."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A built site: where it stands, and how many pages of each kind it has."""

    folder: Path
    pages: int
    sources: int
    diagrams: int


def build(root: Path, out: Path) -> Site:
    """Stage the pages of `root` below `out` and build `out/site`, every link followed.

    Raises:
        BrokenLinkError: A page links to a file that does not exist.
        DiagramError: A Mermaid block cannot be drawn.
        LostPageError: The navigation holds no section for a page.
        BuildError: Zensical finds a link to a page or heading that does not exist.
    """
    shutil.rmtree(out, ignore_errors=True)
    markdown = out / "markdown"
    shutil.copytree(root / "docs" / "images", markdown / "images")
    shutil.copy(HERE / "site.css", markdown)
    pages = gather(root)
    sources = [source_page(root, path) for path in sorted({one for page in pages for one in page.shows})]
    diagrams = sum(_stage(page, markdown) for page in [*pages, *sources])
    titles = {page.place: _title(page) for page in pages}
    (out / "zensical.toml").write_text(_settings(navigation(titles)))
    _run_zensical(out)
    return Site(folder=out / "site", pages=len(pages), sources=len(sources), diagrams=diagrams)


def gather(root: Path) -> list[SitePage]:
    """Every page that a reader may look up, and the API reference."""
    paths = [
        *(root / name for name in ROOT_PAGES),
        *sorted((root / "docs").rglob("*.md")),
        *sorted((root / "clients").glob("*/README.md")),
    ]
    pages = [page_of(root, PurePosixPath(path.relative_to(root))) for path in paths]
    return [*pages, SitePage(place=PurePosixPath("reference.md"), markdown=api_reference.read(root))]


def _stage(page: SitePage, folder: Path) -> int:
    place = folder / page.place
    place.parent.mkdir(parents=True, exist_ok=True)
    result = drawn(page.markdown, page.place.stem)
    place.write_text(result.markdown)
    for name, picture in result.pictures.items():
        (place.parent / name).write_text(picture)
    return len(result.pictures)


def _title(page: SitePage) -> str:
    found = TITLE.search(page.markdown)
    return found[1].replace("`", "") if found else page.place.stem


def _settings(nav: str) -> str:
    head, project, rest = (HERE / "zensical.toml").read_text().partition("[project]\n")
    return f"{head}{project}{nav}\n{rest}"


def _run_zensical(out: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "zensical",
        "build",
        "--strict",
        "--clean",
        "--config-file",
        str(out / "zensical.toml"),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS, env={"NO_COLOR": "1"}
    )
    if done.returncode:
        raise BuildError(ESCAPES.sub("", done.stdout + done.stderr.partition("Traceback")[0]).strip())
