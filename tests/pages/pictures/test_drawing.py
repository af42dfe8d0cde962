"""A picture that was made from other sources is noticed, and made anew."""

from pathlib import Path

import pytest

from pages.pictures.drawing import FOLDER, Drawing, SourceError, make, manifest, outdated


def a_drawing(**changes: object) -> Drawing:
    def draw(folder: Path) -> None:
        (folder / "fleet.png").write_bytes(b"drawn")

    given = {"name": "day", "pictures": ("fleet.png",), "sources": ("code/*.py",), "draw": draw}
    return Drawing(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/one.py").write_text("1\n")
    return tmp_path


def test_a_picture_is_outdated_until_it_is_made_and_after_each_change_of_a_source(root: Path) -> None:
    drawing = a_drawing()
    assert outdated([drawing], root) == [drawing]
    assert make([drawing], root) == [root / FOLDER / "fleet.png"]
    assert outdated([drawing], root) == []
    (root / "code/two.py").write_text("2\n")
    assert outdated([drawing], root) == [drawing]


def test_a_picture_that_was_deleted_is_outdated(root: Path) -> None:
    drawing = a_drawing()
    make([drawing], root)
    (root / FOLDER / "fleet.png").unlink()
    assert outdated([drawing], root) == [drawing]


def test_what_changes_while_it_is_drawn_is_not_in_the_picture(root: Path) -> None:
    def draw(folder: Path) -> None:
        (folder / "fleet.png").write_bytes(b"drawn")
        (root / "code/one.py").write_text("changed\n")

    drawing = a_drawing(draw=draw)
    make([drawing], root)
    assert outdated([drawing], root) == [drawing]


def test_making_one_drawing_keeps_what_is_known_of_the_others(root: Path) -> None:
    other = a_drawing(name="other", pictures=("other.png",))
    make([a_drawing()], root)
    make([other], root)
    assert set(manifest(root)) == {"fleet.png", "other.png"}


def test_a_pattern_that_matches_nothing_is_refused_by_name(root: Path) -> None:
    with pytest.raises(SourceError, match=r"day: no file matches the source 'gone/\*\.py'"):
        a_drawing(sources=("gone/*.py",)).checksum(root)
