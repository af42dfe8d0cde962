"""`python -m pages`: print what breaks the writing guide, and end with 1 if anything does."""

import sys
from pathlib import Path

from pages.page import read
from pages.writing_guide import findings

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Judge every page of the project."""
    paths = sorted(
        [
            *ROOT.glob("*.md"),
            *(ROOT / "docs").rglob("*.md"),
            *(ROOT / ".github").rglob("*.md"),
            *(ROOT / "clients").rglob("*.md"),
        ]
    )
    found = [one for path in paths for one in findings(read(ROOT, path))]
    for one in found:
        print(one)
    print(f"{len(paths)} pages, {len(found)} findings (docs/writing-guide.md)", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
