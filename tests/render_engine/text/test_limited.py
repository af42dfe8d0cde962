"""What a hostile font could make endless is ended, and the font is named."""

from pathlib import Path

import pytest

from render_engine.composition import Text
from render_engine.errors import Refused
from render_engine.text import limited
from render_engine.text.fonts import font_of
from render_engine.text.limited import within_limits
from render_engine.text.typesetting import Wording, typeset
from tests.render_engine.text.test_fonts_of_assets import bomb


def double(given: int) -> int:
    return 2 * given


def refuse(given: int) -> int:
    raise Refused("glyphs_missing", f"{given} is not there")


def insatiable(_given: int) -> int:
    return len(bytearray(limited.MOST_BYTES + 1))


def draw(font: Path) -> int:
    text = Text(content="ไทย", size=None, color="#ffffff", position="center", font="mine")
    return typeset(Wording(text=text, where="text"), (320, 180), font_of(font, "mine")).x


def test_what_the_work_makes_comes_back() -> None:
    assert within_limits(double, 21, asset="x", at_work=lambda: None) == 42


def test_a_refusal_comes_back_as_itself() -> None:
    with pytest.raises(Refused) as caught:
        within_limits(refuse, 1, asset="x", at_work=lambda: None)
    assert (caught.value.code, caught.value.detail) == ("glyphs_missing", "1 is not there")


@pytest.mark.long
def test_work_that_takes_all_memory_is_ended(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Refused, match="Asset x holds a font that cannot be drawn") as caught:
        within_limits(insatiable, 1, asset="x", at_work=lambda: None)
    assert caught.value.code == "asset_unreadable"
    assert "MemoryError" in capfd.readouterr().err


def test_a_font_whose_letters_are_made_of_letters_without_end_is_ended_and_named(tmp_path: Path) -> None:
    """Fourteen kilobytes, which would be drawn for longer than the earth is old."""
    (tmp_path / "x.ttf").write_bytes(bomb())
    with pytest.raises(Refused, match="Asset mine holds a font that cannot be drawn within 1 s") as caught:
        within_limits(draw, tmp_path, asset="mine", at_work=lambda: None, seconds=1)
    assert caught.value.code == "asset_unreadable"
