"""The rectangle behind text."""

from PIL import Image

from render_engine.composition import Box
from render_engine.text.typst_text import Drawn

PADDING_SHARE = 1 / 30
"""Of the height of the frame."""


def padding(box: Box | None, height: int) -> int:
    """Pixels between text and box in a frame of this height; 0 without a box."""
    if box is None:
        return 0
    return round(height * PADDING_SHARE) if box.padding is None else box.padding


def boxed(drawn: Drawn, box: Box, around: int) -> Drawn:
    """The words with their box, which is as high as their lines and as wide as what can be seen."""
    top = min(0, drawn.top) - around
    bottom = max(drawn.height_of_lines, drawn.top + drawn.picture.height) + around
    color = (*(int(box.color[place : place + 2], 16) for place in (1, 3, 5)), round(255 * box.opacity))
    picture = Image.new("RGBA", (drawn.picture.width + 2 * around, bottom - top), color)
    picture.alpha_composite(drawn.picture.convert("RGBA"), (around, drawn.top - top))
    return Drawn(
        picture=picture,
        left=drawn.left - around,
        top=top,
        height_of_lines=drawn.height_of_lines,
        whole=drawn.whole,
    )
