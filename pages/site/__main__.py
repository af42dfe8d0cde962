"""`python -m pages.site`: build the documentation site into `build/docs/site`."""

import sys
from pathlib import Path

from pages.site.build import BuildError, build
from pages.site.diagrams import DiagramError
from pages.site.navigation import LostPageError
from pages.site.places import BrokenLinkError

ROOT = Path(__file__).resolve().parents[2]
OUT = Path("build/docs")


def main() -> int:
    """Build the site, and say where it stands and how to read it."""
    try:
        site = build(ROOT, ROOT / OUT)
    except (BrokenLinkError, BuildError, DiagramError, LostPageError) as refused:
        print(f"docs: {refused}", file=sys.stderr)
        return 1
    where = site.folder.relative_to(ROOT)
    print(f"docs: ok {where}: {site.pages} pages, {site.sources} linked files, {site.diagrams} diagrams")
    print(f"docs: read it with: python3 -m http.server --bind 127.0.0.1 --directory {where} 8000")
    return 0


if __name__ == "__main__":
    sys.exit(main())
