"""Lays the pictures of all words into the folder of the encoder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from shutil import copyfile

from PIL import Image

from render_engine.captions.spans import BLANK_NAME, LIST_NAME, Span, Strip, listed, spans
from render_engine.captions.subtitles import Malformed, read
from render_engine.composition import Box, Captions, Composition, Text
from render_engine.errors import Refused
from render_engine.motion import entrance
from render_engine.plan import Placed
from render_engine.text.boxes import PADDING_SHARE
from render_engine.text.fonts import find_fonts, font_of
from render_engine.text.legibility import BLACK, WHITE
from render_engine.text.limited import within_limits
from render_engine.text.typesetting import Lettering, Wording, typeset

MOST_BYTES_OF_A_FONT = 33_554_432
CAPTION_SHARE = 1 / 18
"""Of the frame's height: how large the letters of captions are when nobody says so."""

MARK_SHARE = 1 / 10
"""Of the frame's height: how large the letters of the mark are."""
MARK_NAME = "mark.png"


@dataclass(frozen=True, kw_only=True)
class Lettered:
    """The words of each scene that has some, the captions, and the mark over everything, as files."""

    words: Mapping[int, Placed]
    captions: Strip | None
    mark: Placed | None = None


@dataclass(frozen=True, kw_only=True)
class _WithFont:
    """Texts in a customer's font, which lies in a folder."""

    asset: str
    folder: Path
    wordings: tuple[Wording, ...]
    frame: tuple[int, int]


def letter(
    composition: Composition,
    files: Mapping[str, Path],
    folder: Path,
    *,
    mark: str | None = None,
    at_work: Callable[[], None],
) -> Lettered:
    """The words of scenes, captions and mark, as files in `folder`; `at_work` is called again and again.

    Raises:
        EngineError: a text cannot be shown as it is, or this machine has no fonts.
    """
    captions = composition.captions
    found = _spans(composition, captions, files[captions.asset]) if captions else []
    places = [place for place, scene in enumerate(composition.scenes) if scene.text]
    wordings = [_of_scene(composition, place) for place in places]
    if captions:
        wordings += [_of_caption(captions, span) for span in found]
    if mark:
        wordings.append(_of_mark(mark, composition))
    drawn = _draw(wordings, (composition.width, composition.height), files, folder, at_work)
    words = {}
    for place, picture in zip(places, drawn, strict=False):
        name = f"words{place}.png"
        (folder / name).write_bytes(picture.picture)
        motion = entrance(composition, place, x=picture.x, bottom=picture.y + picture.height)
        words[place] = Placed(name=name, x=picture.x, y=picture.y, motion=motion)
    shown = drawn[len(places) : len(places) + len(found)]
    strip = _strip(found, shown, composition.rate, folder) if found else None
    return Lettered(words=words, captions=strip, mark=_marked(drawn[-1], folder) if mark else None)


def _of_scene(composition: Composition, place: int) -> Wording:
    scene = composition.scenes[place]
    if scene.text is None:
        raise TypeError(f"scene {place} has no text")
    where = f"scenes[{place}].text"
    if scene.media:
        return Wording(text=scene.text, where=where)
    return Wording(text=scene.text, where=where, behind=(scene.background, scene.background))


def _of_caption(captions: Captions, span: Span) -> Wording:
    text = replace(captions.style, content=span.content)
    return Wording(text=text, where=f"captions (line {span.line})", share=CAPTION_SHARE)


def _of_mark(mark: str, composition: Composition) -> Wording:
    """In a box of its own, because anything may be behind it, also letters that look the same."""
    around = round(min(composition.width, composition.height) * PADDING_SHARE)
    box = Box(color=BLACK, opacity=1, padding=around)
    text = Text(content=mark, size=None, color=WHITE, position="top", box=box)
    return Wording(text=text, where="the mark", share=MARK_SHARE)


def _marked(drawn: Lettering, folder: Path) -> Placed:
    (folder / MARK_NAME).write_bytes(drawn.picture)
    return Placed(name=MARK_NAME, x=drawn.x, y=drawn.y)


def _spans(composition: Composition, captions: Captions, path: Path) -> list[Span]:
    try:
        return spans(read(path.read_bytes()), rate=composition.rate, frames=composition.frames)
    except Malformed as fault:
        detail = f"Asset {captions.asset} holds no captions that can be drawn: {fault}"
        raise Refused("asset_unreadable", detail) from fault


def _draw(
    wordings: Sequence[Wording],
    frame: tuple[int, int],
    files: Mapping[str, Path],
    folder: Path,
    at_work: Callable[[], None],
) -> list[Lettering]:
    """Every text; those in a customer's font in a process of their own for each font."""
    drawn: dict[Wording, Lettering] = {}
    own = dict.fromkeys(wording.text.font for wording in wordings if wording.text.font)
    if any(wording.text.font is None for wording in wordings):
        fonts = find_fonts()
        for wording in wordings:
            if wording.text.font is None and wording not in drawn:
                drawn[wording] = typeset(wording, frame, fonts)
                at_work()
    for number, asset in enumerate(own):
        mine = tuple(dict.fromkeys(wording for wording in wordings if wording.text.font == asset))
        place = _lay_out(files[asset], asset, folder / f"font{number}")
        job = _WithFont(asset=asset, folder=place, wordings=mine, frame=frame)
        drawn.update(zip(mine, within_limits(_set_all, job, asset=asset, at_work=at_work), strict=True))
    return [drawn[wording] for wording in wordings]


def _lay_out(path: Path, asset: str, folder: Path) -> Path:
    """A folder with nothing but the font, under a name by which it is found to be one."""
    if (size := path.stat().st_size) > MOST_BYTES_OF_A_FONT:
        detail = f"Asset {asset} has {size} bytes; a font has at most {MOST_BYTES_OF_A_FONT}."
        raise Refused("asset_unreadable", detail)
    folder.mkdir()
    copyfile(path, folder / "font.ttf")
    return folder


def _set_all(job: _WithFont) -> list[Lettering]:
    fonts = font_of(job.folder, job.asset)
    return [typeset(wording, job.frame, fonts) for wording in job.wordings]


def _strip(found: Sequence[Span], drawn: Sequence[Lettering], rate: int, folder: Path) -> Strip:
    """All captions on pictures of one size, which is as large as all of them together need."""
    pictures = [Image.open(BytesIO(one.picture)).convert("RGBA") for one in drawn]
    left, top = min(one.x for one in drawn), min(one.y for one in drawn)
    right = max(one.x + picture.width for one, picture in zip(drawn, pictures, strict=True))
    bottom = max(one.y + picture.height for one, picture in zip(drawn, pictures, strict=True))
    size, names = (right - left, bottom - top), []
    Image.new("RGBA", size).save(folder / BLANK_NAME)
    for number, (one, picture) in enumerate(zip(drawn, pictures, strict=True)):
        whole = Image.new("RGBA", size)
        whole.paste(picture, (one.x - left, one.y - top))
        names.append(f"caption{number}.png")
        whole.save(folder / names[-1], compress_level=1)
    (folder / LIST_NAME).write_text(listed(found, names, rate=rate), encoding="utf-8")
    return Strip(name=LIST_NAME, x=left, y=top)
