"""Words through Typst: which characters no font has, how large they may be, and how they look.

Typst shapes like HarfBuzz, and breaks lines and orders directions as Unicode says. The words reach it as
data, so nothing in them is a command.
"""

import contextlib
import json
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO

import typst
from PIL import Image

from render_engine.composition import Outline
from render_engine.text.fonts import Fonts

OUTLINE_SHARE = 1 / 14
"""Of the size of the letters: how wide their outline is when nobody says so."""
_SOURCE = files(__package__).joinpath("text.typ").read_bytes()
_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")
_NO_GLYPH = re.compile(r'the text `"(.*?)"` could not be displayed')
_NO_LICENSE = "license of font"
"""Such a font may not be part of a document; letters drawn with it may be part of a picture."""
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


class Unsettable(Exception):  # noqa: N818 - named by what it says of the words
    """Typst has a mistake that these words hit; it did not draw anything."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """A text and the room that it may take, in pixels."""

    content: str
    color: str
    outline: Outline | None
    width: int
    height: int
    fonts: Fonts


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The largest size within bounds that fits, if any does, and how words of the upper bound would lie."""

    largest: int | None
    too_wide: bool
    height: float


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The picture of words cut to what can be seen; `left` and `top` are from the corner of their lines.

    When it is not `whole`, marks stand so far out of their lines that they left the page.
    """

    picture: Image.Image
    left: int
    top: int
    height_of_lines: int
    whole: bool


def missing_characters(words: Words) -> list[str]:
    """Characters that no font has: an archival PDF refuses to be made with such, and says which they are.

    Characters for private use mean what an operator's own fonts say, and nothing otherwise.
    """
    private = "" if words.fonts.own else "".join(filter(_is_private, words.content))
    try:
        with _panics():
            _compiler(words, size=1).compile(format="pdf", pdf_standards="a-2b", timestamp=0)
    except typst.TypstError as error:
        named = _NO_GLYPH.findall(error.diagnostic)
        if not named and words.fonts.stands_alone and _NO_LICENSE not in error.diagnostic:
            raise Unsettable(error.diagnostic) from error  # whether glyphs are missing was not found out
        found = "".join(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), name) for name in named)
        # Typst also names the marks by which it keeps directions apart, which nobody wrote.
        written = [letter for letter in found if letter in words.content]
        return list(dict.fromkeys([*private, *(written or found)]))
    return list(dict.fromkeys(private))


def measure(words: Words, *, low: int, high: int, shrink: bool) -> Measured:
    """How large the letters may be, from `low` to `high` pixels.

    A word that is wider than the frame is broken; with `shrink` only when no size keeps all words whole.
    """
    with _panics():
        compiler = _compiler(words, low=low, high=high, shrink=shrink)
        answer = compiler.query("<measured>", field="value", one=True)
    return Measured(**json.loads(answer))


def draw(words: Words, *, size: int) -> Drawn | None:
    """The words with letters of a size; None when there is nothing to see."""
    bleed = size + words.height // 4 + math.ceil(_outline_width(words, size))
    with _panics():
        drawn = _compiler(words, size=size, bleed=bleed).compile(format="png", ppi=72)
    if not isinstance(drawn, bytes):
        raise TypeError(f"Typst drew {type(drawn).__name__} instead of one picture")
    page = Image.open(BytesIO(drawn))
    seen = page.getchannel("A").getbbox()
    if seen is None:
        return None
    left, top, right, bottom = seen
    return Drawn(
        picture=page.crop(seen),
        left=left - bleed,
        top=top - bleed,
        height_of_lines=page.height - 2 * bleed,
        whole=left > 0 and top > 0 and right < page.width and bottom < page.height,
    )


def _compiler(words: Words, **job: int) -> typst.Compiler:
    # At the end of a line Typst would show a hyphen that is there in case the word is broken.
    lines = [line.rstrip("\u00ad") for line in _LINE_END.split(words.content.replace("\t", "    "))]
    reported = {
        "lines": [{"words": line, "right_to_left": _right_to_left(line)} for line in lines],
        "families": words.fonts.families(words.content),
        "emoji_families": words.fonts.emoji_families(),
        "color": words.color,
        "outline": words.outline and words.outline.color,
        "outline_width": _outline_width(words, job.get("size", 0)),
        "width": words.width,
        "height": words.height,
        "bleed": 0,
        **job,
    }
    return typst.Compiler(_SOURCE, font_paths=words.fonts.loaded, sys_inputs={"job": json.dumps(reported)})


@contextlib.contextmanager
def _panics() -> Iterator[None]:
    """Makes an ordinary exception of a panic, whose own class cannot be named or imported."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise Unsettable(str(error)) from error
        raise


def _outline_width(words: Words, size: int) -> float:
    """In pixels outside the letters; 0 without an outline."""
    if words.outline is None:
        return 0
    return words.outline.width or max(1, size * OUTLINE_SHARE)


def _is_private(letter: str) -> bool:
    return unicodedata.category(letter) == "Co"


def _right_to_left(line: str) -> bool:
    """The direction of the first letter that has one (UAX 9, rules P2 and P3)."""
    directions = (unicodedata.bidirectional(letter) for letter in line)
    return next((found for found in directions if found in {"L", "R", "AL"}), "L") != "L"
