"""The built site, as a reader's browser gets it: a long form, since a build takes seconds."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

from pages.site.build import BuildError, build
from tests.web_server import serving

ROOT = Path(__file__).resolve().parents[3]
COUNTED = {"li": "list_item_open", "tr": "tr_open", "pre": "fence", "h2": "heading_open"}

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    build(ROOT, folder)
    return folder


class Article(HTMLParser):
    """Counts the elements of a page's article, and collects what a page makes the browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.fetched: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "article"
        self.counts[tag] += self.inside
        values = dict(attrs)
        self.fetched += [value for name in ("src", "srcset", "data") if (value := values.get(name))]
        if tag == "link" and values.get("rel") not in {"canonical", "prev", "next"}:
            self.fetched.append(values.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "article"


def read(page: Path) -> Article:
    parser = Article()
    parser.feed(page.read_text())
    return parser


def pages(out: Path) -> Iterator[tuple[Path, Path]]:
    """Each staged page of Markdown, and its HTML."""
    for markdown in sorted((out / "markdown").rglob("*.md")):
        place = markdown.relative_to(out / "markdown").with_suffix(".html")
        place = place.with_name("index.html") if place.name == "README.html" else place
        yield markdown, out / "site" / place


def test_the_site_shows_the_lists_tables_blocks_and_headings_that_a_git_host_shows(out: Path) -> None:
    parser = MarkdownIt("commonmark").enable("table")
    for markdown, html in pages(out):
        tokens = [f"{one.type} {one.tag}" for one in parser.parse(markdown.read_text())]
        expected = {
            tag: sum(one.startswith(f"{kind} ") and (tag != "h2" or one.endswith("h2")) for one in tokens)
            for tag, kind in COUNTED.items()
        }
        counts = read(html).counts
        assert {tag: counts[tag] for tag in COUNTED} == expected, markdown.name


def test_no_page_makes_the_browser_fetch_from_elsewhere(out: Path) -> None:
    for _, html in pages(out):
        assert not [one for one in read(html).fetched if urlsplit(one).netloc], html.name


def test_a_link_to_a_missing_heading_stops_the_build(tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(ROOT / "docs", root / "docs")
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"):
        shutil.copy(ROOT / name, root)
    for name in (
        "clients",
        "handlers",
        "cli",
        "local",
        "pages",
        "policy",
        "render_engine",
        "simulator",
        "tests",
    ):
        (root / name).symlink_to(ROOT / name)
    for name in (".github", "LICENSE", "pyproject.toml"):
        (root / name).symlink_to(ROOT / name)
    with (root / "docs/api.md").open("a") as page:
        page.write("\n[Nothing](glossary.md#no-such-heading)\n")
    with pytest.raises(BuildError, match=r"api\.md"):
        build(root, tmp_path / "out")


def requests_of(log: dict[str, list[dict[str, dict[str, str]]]], origin: str) -> Iterator[str]:
    """The addresses that pages of an origin asked for; the browser's own requests have no initiator."""
    for event in log["events"]:
        params = event.get("params", {})
        if params.get("initiator") == origin and "url" in params:
            yield params["url"]


@pytest.mark.skipif(
    not shutil.which("chromium"), reason="Chromium is not installed: apt-get install chromium"
)
@pytest.mark.parametrize("page", ["index.html", "architecture.html", "reference.html", "scaling.html"])
def test_a_browser_asks_nobody_else_for_anything(out: Path, tmp_path: Path, page: str) -> None:
    handler = partial(SimpleHTTPRequestHandler, directory=str(out / "site"))
    log = tmp_path / "net.json"
    with serving(handler) as server:  # type: ignore[arg-type]
        own = f"http://127.0.0.1:{server.server_port}"
        subprocess.run(
            [
                *(
                    "chromium",
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-background-networking",
                ),
                *("--disable-component-update", "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}"),
                *(f"--log-net-log={log}", "--virtual-time-budget=5000", "--dump-dom", f"{own}/{page}"),
            ],
            check=True,
            capture_output=True,
            timeout=50,
        )
    asked = set(requests_of(json.loads(log.read_text()), own))
    assert f"{own}/search.json" in asked
    assert {url for url in asked if not url.startswith((f"{own}/", "data:"))} == set()
