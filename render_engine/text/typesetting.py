"""Words in their frame: as large as asked for, or no video. Nothing is cut off or left out."""

from dataclasses import dataclass
from io import BytesIO

from render_engine.composition import Outline, Text
from render_engine.errors import Refused
from render_engine.text.boxes import boxed, padding
from render_engine.text.fonts import Fonts
from render_engine.text.legibility import BLACK, WHITE, blended, outline
from render_engine.text.typst_text import (
    Drawn,
    Measured,
    Unsettable,
    Words,
    draw,
    measure,
    missing_characters,
)

SIDE_SHARE, EDGE_SHARE = 0.04, 0.08
"""What words leave free: of the width left and right, of the height above and below."""
DEFAULT_SIZE_SHARE, SMALLEST_DEFAULT_SHARE = 1 / 8, 1 / 40
"""Of the height: how large letters are when nobody says so, and how far they then shrink to fit."""
SMALLEST_SIZE = 4
CHARACTERS_NAMED = 10


@dataclass(frozen=True, kw_only=True)
class Lettering:
    """Words as a PNG with transparency, and where its left upper corner stands in the frame."""

    picture: bytes
    x: int
    y: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A text, how a refusal calls it, and the colors that it stands before: the darkest and the lightest.

    `share` of the frame's height is how large its letters are when nobody says so.
    """

    text: Text
    where: str
    behind: tuple[str, str] = (BLACK, WHITE)
    share: float = DEFAULT_SIZE_SHARE


def typeset(wording: Wording, frame: tuple[int, int], fonts: Fonts) -> Lettering:
    """A text as it stands in a frame of a width and a height.

    Raises:
        Refused: with a code of its own for each reason, and the place of the text.
    """
    try:
        return _set(wording, frame, fonts)
    except Unsettable as error:
        font = f" by the font in asset {wording.text.font}" if wording.text.font else ""
        held = f"{wording.where} holds characters in an order that cannot be set{font}"
        detail = f"{held}; write it in another way."
        raise Refused("text_unsupported", detail) from error


def _set(wording: Wording, frame: tuple[int, int], fonts: Fonts) -> Lettering:
    text, where = wording.text, wording.where
    width, height = frame
    around = padding(text.box, height)
    words = Words(
        content=text.content,
        color=text.color,
        outline=text.outline or _outline(wording),
        width=int(width * (1 - 2 * SIDE_SHARE)) - 2 * around,
        height=int(height * (1 - 2 * EDGE_SHARE)) - 2 * around,
        fonts=fonts,
    )
    if min(words.width, words.height) < SMALLEST_SIZE:
        detail = f"{where}.box leaves no room for text between paddings of {around}; make them smaller."
        raise Refused("text_does_not_fit", detail)
    if missing := missing_characters(words):
        lacking = f"the font in asset {text.font} lacks" if text.font else "no font here has"
        raise Refused("glyphs_missing", f"{where}: {lacking} {_named(missing)}.")
    low, high = _sizes(wording, height)
    measured = measure(words, low=low, high=high, shrink=text.size is None)
    size = text.size or measured.largest
    refusal = Refused("text_does_not_fit", f"{where} {_complaint(text, measured, low, frame)}")
    # Letters are smaller than their lines: what stands too high may still lie within the frame.
    if size is None or (size != measured.largest and (measured.too_wide or measured.height > 2 * height)):
        raise refusal
    drawn = draw(words, size=size)
    if drawn is None:
        raise Refused("text_invisible", f"{where} draws nothing that can be seen.")
    if text.box:
        drawn = boxed(drawn, text.box, around)
    if not drawn.whole or drawn.picture.width > width or drawn.picture.height > height:
        raise (
            refusal
            if size != measured.largest
            else Refused(
                "text_does_not_fit",
                f"{where} has marks or an outline that stand out of the frame beyond its letters.",
            )
        )
    return _placed(drawn, text.position, frame, words.width, edge=round(height * EDGE_SHARE) + around)


def _outline(wording: Wording) -> Outline | None:
    """The outline that nobody asked for, and without which letters could not be read."""
    text, behind = wording.text, wording.behind
    if box := text.box:
        behind = (
            blended(box.color, behind[0], opacity=box.opacity),
            blended(box.color, behind[1], opacity=box.opacity),
        )
    color = outline(text.color, darkest=behind[0], lightest=behind[1])
    return Outline(color=color) if color else None


def _sizes(wording: Wording, height: int) -> tuple[int, int]:
    """The least and the most that letters may measure."""
    if wording.text.size:
        return SMALLEST_SIZE, wording.text.size
    shares = (SMALLEST_DEFAULT_SHARE, wording.share)
    low, high = (max(SMALLEST_SIZE, int(height * share)) for share in shares)
    return low, high


def _complaint(text: Text, measured: Measured, low: int, frame: tuple[int, int]) -> str:
    room = f"the frame of {frame[0]}x{frame[1]} pixels"
    if text.size and measured.largest:
        return f"does not fit {room} with letters of {text.size}; {measured.largest} fits."
    return f"does not fit {room}, not even with letters of {low}; shorten it or make the frame larger."


def _placed(
    drawn: Drawn, position: str, frame: tuple[int, int], width_of_lines: int, *, edge: int
) -> Lettering:
    """Where the lines belong, moved into the frame as far as what can be seen would stand out of it."""
    width, height = frame
    free = height - drawn.height_of_lines
    lines = {"top": edge, "center": free // 2, "bottom": free - edge}[position]
    x = (width - width_of_lines) // 2 + drawn.left
    y = lines + drawn.top
    content = BytesIO()
    drawn.picture.save(content, "PNG", compress_level=1)
    return Lettering(
        picture=content.getvalue(),
        x=min(max(0, x), width - drawn.picture.width),
        y=min(max(0, y), height - drawn.picture.height),
        height=drawn.picture.height,
    )


def _named(characters: list[str]) -> str:
    """Each as itself and as its number, which also names what cannot be shown."""
    shown = ", ".join(
        f"U+{ord(letter):04X} {letter}" if letter.isprintable() else f"U+{ord(letter):04X}"
        for letter in characters[:CHARACTERS_NAMED]
    )
    more = len(characters) - CHARACTERS_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
