"""Which fonts are tried, and in which order."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from render_engine.errors import TryAgainLater
from render_engine.text.fonts import FONTS_VARIABLE, PACKAGES, find_fonts


def font_of_package(name: str) -> Path:
    spec = find_spec(PACKAGES[0])
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / name


def test_text_is_tried_in_one_order_on_every_machine() -> None:
    families = find_fonts({}).families("hello")
    assert families[:4] == ["Noto Sans", "Noto Sans Symbols", "Noto Sans CJK SC", "Noto Emoji"]
    assert len(families) == len(set(families))
    typsts_own = [place for place, family in enumerate(families) if not family.startswith("Noto")]
    assert min(typsts_own) > families.index("Noto Sans Thai"), "they are for what no other font has"


@pytest.mark.parametrize(
    ("content", "region"),
    [("中文", "SC"), ("日本語の", "JP"), ("カタカナ", "JP"), ("한국어", "KR"), ("葛\U000e0100", "JP")],
)
def test_characters_that_languages_share_are_drawn_as_the_text_suggests(content: str, region: str) -> None:
    assert find_fonts({}).families(content)[2] == f"Noto Sans CJK {region}"


def test_the_fonts_of_an_operator_come_first_in_the_order_of_their_files(tmp_path: Path) -> None:
    shutil.copy(font_of_package("NotoSansThai[wght].ttf"), tmp_path / "2.ttf")
    shutil.copy(font_of_package("NotoSansLao[wght].ttf"), tmp_path / "1.ttf")
    fonts = find_fonts({FONTS_VARIABLE: str(tmp_path)})
    assert fonts.own == ("Noto Sans Lao", "Noto Sans Thai")
    assert fonts.families("x")[:3] == ["Noto Sans Lao", "Noto Sans Thai", "Noto Sans"]
    assert fonts.emoji_families()[0] == "Noto Emoji", "letters have digits, but no keycaps"


def test_an_operators_own_emoji_come_before_the_others(tmp_path: Path) -> None:
    shutil.copy(font_of_package("NotoEmoji[wght].ttf"), tmp_path / "emoji.ttf")
    fonts = find_fonts({FONTS_VARIABLE: str(tmp_path)})
    assert fonts.own == ("Noto Emoji",)


@pytest.mark.parametrize("given", ["nowhere", "empty"])
def test_a_folder_without_fonts_is_the_machines_fault(tmp_path: Path, given: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TryAgainLater) as caught:
        find_fonts({FONTS_VARIABLE: str(tmp_path / given)})
    assert caught.value.code == "font_missing"
    assert FONTS_VARIABLE in caught.value.detail
    assert str(tmp_path) not in caught.value.detail
