"""The fonts for text: an operator's folder first, then those that the installed packages ship."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import typst

from render_engine.errors import Refused, TryAgainLater

FONTS_VARIABLE = "CLIPIT_ENGINE_FONTS"
PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
_FIRST = ("Noto Sans", "Noto Sans Symbols")
_HAN = "Noto Sans CJK "
_EMOJI = "Noto Emoji"


@dataclass(frozen=True, kw_only=True)
class Fonts:
    """The fonts of this machine, with the names of their families: an operator's own, and the others."""

    loaded: typst.Fonts
    own: tuple[str, ...]
    shipped: tuple[str, ...]

    @property
    def stands_alone(self) -> bool:
        """Whether this is a customer's font, beside which no other is tried."""
        return not self.shipped

    def families(self, content: str) -> list[str]:
        """Every family in the order in which it is tried for a character of this text."""
        if self.stands_alone:
            return list(self.own)
        preferred = [*self.own, *_FIRST, _HAN + _region(content), _EMOJI]
        return list(dict.fromkeys([*preferred, *self.shipped]))

    def emoji_families(self) -> list[str]:
        """The order for emoji: a font of letters has digits, too, but no keycap to be made of one."""
        if self.stands_alone:
            return list(self.own)
        own = [family for family in self.own if "emoji" in family.lower()]
        return list(dict.fromkeys([*own, _EMOJI, *self.own, *self.shipped]))


def find_fonts(environment: Mapping[str, str] = os.environ) -> Fonts:
    """All fonts for text; those of the machine itself are left out, so that every machine draws alike.

    Raises:
        TryAgainLater: with code `font_missing` when this machine lacks the fonts that it should have.
    """
    given = environment.get(FONTS_VARIABLE)
    if given and not Path(given).is_dir():
        raise TryAgainLater("font_missing", f"No fonts for text: {FONTS_VARIABLE} names no folder.")
    packages = list(_packages())
    loaded = typst.Fonts(
        include_system_fonts=False, font_paths=[*([Path(given)] if given else []), *packages]
    )
    # The few that Typst itself holds have no path; they come last, for signs that no other has.
    found = sorted({(font.path is None, font.path or "", font.family) for font in loaded.fonts()})
    own = [family for _, path, family in found if given and Path(path).is_relative_to(given)]
    if given and not own:
        raise TryAgainLater("font_missing", f"No fonts for text: the folder in {FONTS_VARIABLE} holds none.")
    return Fonts(
        loaded=loaded, own=tuple(dict.fromkeys(own)), shipped=tuple(family for _, _, family in found)
    )


def font_of(folder: Path, asset: str) -> Fonts:
    """The font that an asset holds, which lies in `folder`: of a collection, the first family.

    Raises:
        Refused: with code `asset_unreadable` when it holds none.
    """
    loaded = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    families = [font.family for font in loaded.fonts()]
    if not families:
        detail = f"Asset {asset} holds no font that this engine can read: TrueType or OpenType is expected."
        raise Refused("asset_unreadable", detail)
    return Fonts(loaded=loaded, own=(families[0],), shipped=())


def _packages() -> Iterator[Path]:
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise TryAgainLater("font_missing", f"No fonts for text: the package {package} is not installed.")
        yield Path(spec.origin).parent


def _region(content: str) -> str:
    """Chinese, Japanese and Korean share characters that each writes in a form of its own.

    Only the Japanese font has the variants that selectors ask for.
    """
    if any("\u3040" <= letter <= "\u30ff" or "\U000e0100" <= letter <= "\U000e01ef" for letter in content):
        return "JP"
    if any("\uac00" <= letter <= "\ud7a3" or "\u1100" <= letter <= "\u11ff" for letter in content):
        return "KR"
    return "SC"
