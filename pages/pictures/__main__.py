"""`python -m pages.pictures [DRAWING...]`: draw the outdated pictures of the pages, or the named drawings."""

import sys
from pathlib import Path

from pages.pictures.drawing import make, outdated
from pages.pictures.drawings import DRAWINGS

ROOT = Path(__file__).resolve().parents[2]


def main(names: list[str]) -> int:
    """Draw, and print the files."""
    known = {one.name: one for one in DRAWINGS}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"pictures: no drawing {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    chosen = [known[name] for name in names] or outdated(DRAWINGS, ROOT)
    for path in make(chosen, ROOT):
        print(path.relative_to(ROOT))
    print(f"pictures: ok, {len(chosen)} of {len(DRAWINGS)} drawings made", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
