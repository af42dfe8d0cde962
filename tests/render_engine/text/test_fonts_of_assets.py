"""Text in a customer's own font: drawn with that alone, or refused by name."""

import contextlib
import shutil
import struct
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from render_engine.composition import Text
from render_engine.errors import Refused
from render_engine.text.fonts import font_of
from render_engine.text.typesetting import Wording, typeset

if TYPE_CHECKING:
    from tests.render_engine.conftest import Studio

FRAME = (320, 180)


def thai_font() -> Path:
    """A font that has no Latin letters, of an installed package."""
    spec = find_spec("manimgx_fonts")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "NotoSansThai[wght].ttf"


def tables(font: bytes) -> Mapping[str, tuple[int, int]]:
    """Where each table of a font begins and how long it is."""
    count = struct.unpack(">H", font[4:6])[0]
    rows = (font[12 + 16 * row : 28 + 16 * row] for row in range(count))
    return {row[:4].decode(): struct.unpack(">II", row[8:]) for row in rows}


def put(font: bytes, table: str, content: bytes) -> bytes:
    place, length = tables(font)[table]
    assert len(content) <= length
    return font[:place] + content + font[place + len(content) :]


def bomb() -> bytes:
    """Each letter is made of four others, which are made of four others, thirty times."""
    font = thai_font().read_bytes()
    count = struct.unpack(">H", font[tables(font)["maxp"][0] + 4 :][:2])[0]
    parts = [_made_of(number + 1 if 0 < number < 30 else 1) for number in range(count)]
    parts[30] = struct.pack(">5hHH4B4h4h", 1, 0, 0, 500, 700, 3, 0, 1, 1, 1, 1, 0, 500, 0, -500, 0, 0, 700, 0)
    places = [sum(map(len, parts[:number])) // 2 for number in range(count + 1)]
    return put(put(font, "glyf", b"".join(parts)), "loca", struct.pack(f">{count + 1}H", *places))


def _made_of(other: int) -> bytes:
    more = (struct.pack(">HHbb", 0x22 if place < 3 else 2, other, place, 0) for place in range(4))
    return struct.pack(">5h", -1, 0, 0, 500, 700) + b"".join(more)


def draw(font: bytes, content: str, folder: Path) -> None:
    (folder / "x.ttf").write_bytes(font)
    text = Text(content=content, size=None, color="#ffffff", position="center", font="mine")
    typeset(Wording(text=text, where="scenes[0].text"), FRAME, font_of(folder, "mine"))


def test_a_font_draws_its_own_letters_and_lacks_all_others(tmp_path: Path) -> None:
    draw(thai_font().read_bytes(), "ไทย", tmp_path)
    with pytest.raises(Refused) as caught:
        draw(thai_font().read_bytes(), "ไทย OK", tmp_path)
    assert caught.value.code == "glyphs_missing"
    assert caught.value.detail == "scenes[0].text: the font in asset mine lacks U+004F O, U+004B K."


def test_a_font_that_may_be_part_of_no_document_may_be_drawn_with(tmp_path: Path) -> None:
    font = thai_font().read_bytes()
    restricted = put(font, "OS/2", font[tables(font)["OS/2"][0] :][:8] + b"\x00\x02")
    draw(restricted, "ไทย", tmp_path)
    with pytest.raises(Refused, match="lacks U\\+004F O"):
        draw(restricted, "O", tmp_path)


@pytest.mark.parametrize("content", [b"", b"junk" * 100, b"\x00\x01\x00\x00" + b"\xff" * 400], ids=range(3))
def test_a_file_that_is_no_font_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refused) as caught:
        draw(content, "x", tmp_path)
    assert caught.value.code == "asset_unreadable"
    assert caught.value.detail.startswith("Asset mine holds no font that this engine can read")


def test_damaged_fonts_are_refused_or_drawn_and_never_a_traceback(tmp_path: Path) -> None:
    whole = thai_font().read_bytes()
    for table in ("head", "hhea", "hmtx", "cmap", "glyf", "loca", "GSUB", "GPOS", "OS/2", "name", "gvar"):
        length = tables(whole)[table][1]
        with contextlib.suppress(Refused):
            draw(put(whole, table, b"\xff" * length), "ไทย", tmp_path)


def render(studio: "Studio", content: str, font: Callable[[Path], object]) -> tuple[int, str]:
    font(studio.assets / "mine")
    text = {"content": content, "font": {"asset": "mine"}}
    scenes = [{"duration_s": 0.2, "text": text}, {"duration_s": 0.2, "text": {"content": "OK"}}]
    ended = studio.render({"version": 1, "width": 320, "height": 180, "rate": 10, "scenes": scenes})
    return ended.code, ended.detail if ended.code else ""


def test_one_text_has_its_own_font_and_another_one_has_not(studio: "Studio") -> None:
    assert render(studio, "ไทย", lambda place: shutil.copy(thai_font(), place)) == (0, "")
    assert studio.frame(0, width=320, height=180).getextrema()[0][1] > 200


def test_an_asset_that_is_no_font_ends_the_render(studio: "Studio") -> None:
    code, detail = render(studio, "x", lambda place: place.write_bytes(b"GIF89a"))
    assert code == 2
    assert "Asset mine holds no font" in detail
