"""Finds a font file for text: the given one, the one that ships with matplotlib, or the system's."""

import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from render_engine.errors import TryAgainLater

FONT_VARIABLE = "CLIPIT_ENGINE_FONT"
SYSTEM_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/System/Library/Fonts/Supplemental/Arial.ttf",
)


def find_font(environment: Mapping[str, str] = os.environ) -> Path:
    """The font for all text.

    Raises:
        TryAgainLater: with code `font_missing` when this machine has none.
    """
    given = environment.get(FONT_VARIABLE)
    for candidate in [Path(given)] if given else _candidates():
        if candidate.is_file():
            return candidate
    where = f"{FONT_VARIABLE} names no file" if given else "neither matplotlib nor the system has one"
    raise TryAgainLater("font_missing", f"No font for text: {where}. Set {FONT_VARIABLE} to a .ttf file.")


def _candidates() -> Iterator[Path]:
    spec = find_spec("matplotlib")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    yield from map(Path, SYSTEM_FONTS)
