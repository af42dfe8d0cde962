"""The pictures in the pages show the product as it is: each was made from the sources that stand here."""

import re
from collections import Counter
from pathlib import Path

from pages.pictures.drawing import FOLDER, manifest, outdated
from pages.pictures.drawings import DRAWINGS

ROOT = Path(__file__).parents[2]
SIMULATED = {"scaling-bursts.png", "scaling-design.png", "scaling-tradeoff.png"}
"""Made by `clipit simulate`."""
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+\.png)\)")


def test_no_picture_is_older_than_what_it_shows() -> None:
    names = [one.name for one in outdated(DRAWINGS, ROOT)]
    assert names == [], "draw them again: make pictures"


def test_each_picture_has_one_drawing_and_each_entry_of_the_manifest_a_picture() -> None:
    drawn = Counter(picture for one in DRAWINGS for picture in one.pictures)
    assert all(count == 1 for count in drawn.values())
    assert set(manifest(ROOT)) == set(drawn)
    assert {path.name for path in (ROOT / FOLDER).glob("*.png")} == set(drawn) | SIMULATED


def test_each_picture_is_in_a_page() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    shown = {(page.parent / name).resolve() for page in pages for name in PICTURE.findall(page.read_text())}
    assert set((ROOT / FOLDER).glob("*.png")) <= shown
