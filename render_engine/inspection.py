"""Inspects asset files before any work starts: their contents, and whether they can be decoded."""

import re
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from render_engine.children import Printed, ask
from render_engine.composition import Composition
from render_engine.errors import Refused
from render_engine.footage import Footage
from render_engine.reading import (
    CALMLY,
    GUARDS,
    MOST_PIXELS_AT_ONCE,
    MOST_PIXELS_OF_AN_ASSET,
    TOO_LARGE,
    beginning_at,
)

SECONDS_TO_LOOK = 60
_ONE = ("-frames:v", "1", "-frames:a", "1", "-f", "null", "-")
_SOUND = re.compile(r"^  Stream #0:\d+\S* ?.*: Audio: ", re.MULTILINE)
_SEE_THROUGH = re.compile(
    r"^  Stream #0:\d+.*: Video: (vp8|vp9)\b.*\n    Metadata:\n(?: {6}.*\n)*? {6}(?i:alpha_mode) +: 1$",
    re.MULTILINE,
)
_SEE_THROUGH_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""The decoders that ffmpeg prefers leave transparency out."""
_PICTURE = re.compile(
    r" n: *0 .* sar:(?P<sar_width>\d+)/(?P<sar_height>\d+) s:(?P<width>\d+)x(?P<height>\d+) i:(?P<fields>\S)"
)
_TILES = re.compile(r"^  Stream group #0:\d+.*: Tile Grid: ", re.MULTILINE)
"""A picture of which each stream is but a part."""
_STREAM = re.compile(r"^  Stream #0:(\d+)", re.MULTILINE)
MOST_STREAMS = 64
"""Each takes memory in each scene that shows the file, whether it is used or not."""
_LAYOUT = re.compile(r" n:0 .* chlayout:(.+?) rate:")
_COLOR = re.compile(r"color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)")


def find(composition: Composition, folder: Path) -> dict[str, Path]:
    """The file of every asset that the composition uses.

    Raises:
        Refused: `asset_missing`, naming the asset.
    """
    files = {asset: (folder / asset).resolve() for asset in sorted(composition.assets)}
    for asset, path in files.items():
        if not path.is_file():
            raise Refused("asset_missing", f"Asset {asset} was not uploaded, but the composition uses it.")
    return files


def look(composition: Composition, files: dict[str, Path], ffmpeg: str) -> dict[str, Footage]:
    """The properties of every image and video file.

    Raises:
        Refused: `asset_unreadable`, `asset_too_short`, `asset_pixels_exceeded` or `asset_colors_unsupported`,
            naming the asset.
    """
    shown = sorted({scene.media.asset for scene in composition.scenes if scene.media})
    footage = {asset: _look_into(ffmpeg, asset, files[asset]) for asset in shown}
    refuse_too_many_pixels(composition, footage)
    trimmed = {(scene.media.asset, scene.media.trim) for scene in composition.scenes if scene.media}
    for asset, trim in sorted(trimmed):
        if trim and not _has_picture_at(ffmpeg, files[asset], trim):
            raise _too_short(asset, trim)
    if any(one.needs_color_management for one in footage.values()):
        _refuse_unless_colors_can_be_managed(ffmpeg, footage)
    return footage


def refuse_too_many_pixels(composition: Composition, footage: Mapping[str, Footage]) -> None:
    """Refuse pictures that do not fit into memory together: each still counts once, a film in each scene.

    Raises:
        Refused: `asset_pixels_exceeded`, naming the largest.
    """
    media = [scene.media for scene in composition.scenes if scene.media]
    stills = {one.asset for one in media if not one.moving}
    decoded = [*stills, *(one.asset for one in media if one.moving)]
    pixels = sum(footage[asset].width * footage[asset].height for asset in decoded)
    if pixels > MOST_PIXELS_AT_ONCE:
        largest = max(footage, key=lambda asset: (footage[asset].width * footage[asset].height, asset))
        raise Refused(
            "asset_pixels_exceeded",
            f"The images and videos have {pixels} pixels together, videos counted once for each scene; "
            f"at most {MOST_PIXELS_AT_ONCE} are allowed. The largest is asset {largest}.",
        )


def listen(
    composition: Composition, files: dict[str, Path], footage: dict[str, Footage], ffmpeg: str
) -> dict[str, str]:
    """The channel layout of every asset with sound in the video.

    Raises:
        Refused: `asset_unreadable` or `asset_too_short`, naming the asset.
    """
    films = [scene.media for scene in composition.scenes if scene.media and scene.media.volume]
    heard = {film.asset for film in films if footage[film.asset].has_sound}
    audio = composition.audio
    if audio and audio.asset and audio.volume:
        heard.add(audio.asset)
    layouts = {asset: _listen_to(ffmpeg, asset, files[asset]) for asset in sorted(heard)}
    if (
        audio
        and audio.asset in layouts
        and audio.trim
        and not _listen(ffmpeg, files[audio.asset], audio.trim)[1]
    ):
        raise _too_short(audio.asset, audio.trim)
    return layouts


def _listen_to(ffmpeg: str, asset: str, path: Path) -> str:
    printed, layout = _listen(ffmpeg, path, 0)
    if printed.code != 0 or not layout:
        raise _unreadable(asset, "sound", printed)
    return layout


def _listen(ffmpeg: str, path: Path, second: float) -> tuple[Printed, str | None]:
    """The channel layout of the sound at a second; None when there is none."""
    source = (*GUARDS, *beginning_at(second), "-i", f"file:{path}")
    command = [ffmpeg, *CALMLY, *source, "-map", "0:a:0", "-af", "ashowinfo", *_ONE]
    printed = ask(command, seconds=SECONDS_TO_LOOK)
    layout = _LAYOUT.search(printed.words)
    return printed, layout[1] if layout else None


def _look_into(ffmpeg: str, asset: str, path: Path) -> Footage:
    """Decode the first frame; refuses a file that cannot be decoded."""
    command = [ffmpeg, *CALMLY, *GUARDS, "-i", f"file:{path}", "-map", "0:V:0", "-vf", "showinfo", *_ONE]
    printed = ask(command, seconds=SECONDS_TO_LOOK)
    picture, color = _PICTURE.search(printed.words), _COLOR.search(printed.words)
    if printed.code != 0 or not picture or not color:
        raise _unreadable(asset, "image or video", printed)
    if len(set(_STREAM.findall(printed.words))) > MOST_STREAMS:
        detail = (
            f"Asset {asset} has more than {MOST_STREAMS} streams; upload a file with those that you need."
        )
        raise Refused("asset_unreadable", detail)
    if _TILES.search(printed.words):
        detail = f"Asset {asset} is made of tiles (HEIC, AVIF); upload it as JPEG, PNG or WebP."
        raise Refused("asset_unreadable", detail)
    color_range, matrix, primaries, transfer = color.groups()
    see_through = _SEE_THROUGH.search(printed.words)
    sar = [int(picture[name]) for name in ("sar_width", "sar_height")]
    return Footage(
        path=path,
        decoder=_SEE_THROUGH_DECODERS[see_through[1]] if see_through else None,
        width=int(picture["width"]),
        height=int(picture["height"]),
        pixel_shape=Fraction(*sar) if all(sar) else Fraction(1),
        interlaced=picture["fields"] in "TB",
        matrix=matrix,
        primaries=primaries,
        transfer=transfer,
        color_range=color_range,
        has_sound=bool(_SOUND.search(printed.words)),
    )


def _has_picture_at(ffmpeg: str, path: Path, second: float) -> bool:
    video = ("-map", "0:V:0", "-vf", "showinfo", *_ONE)
    command = [ffmpeg, *CALMLY, *GUARDS, *beginning_at(second), "-i", f"file:{path}", *video]
    return bool(_PICTURE.search(ask(command, seconds=SECONDS_TO_LOOK).words))


def _too_short(asset: str, trim: float) -> Refused:
    return Refused("asset_too_short", f"Asset {asset} ends within the {trim:g} s that trim_s leaves out.")


def _unreadable(asset: str, wanted: str, printed: Printed) -> Refused:
    sys.stderr.write(f"{asset}: {printed.words}\n")
    if large := TOO_LARGE.search(printed.words):
        detail = f"Asset {asset} has {large[1]} pixels; at most {MOST_PIXELS_OF_AN_ASSET} are allowed."
        return Refused("asset_unreadable", detail)
    return Refused("asset_unreadable", f"Asset {asset} holds no {wanted} that this engine can decode.")


def _refuse_unless_colors_can_be_managed(ffmpeg: str, footage: dict[str, Footage]) -> None:
    filters = ask([ffmpeg, *CALMLY, "-filters"], seconds=SECONDS_TO_LOOK).words
    if all(re.search(rf"^ \S+ +{name} ", filters, re.MULTILINE) for name in ("zscale", "tonemap")):
        return
    for asset, one in footage.items():
        if one.needs_color_management:
            raise Refused(
                "asset_colors_unsupported",
                f"Asset {asset} is in {one.transfer} with {one.primaries} colors, which the ffmpeg of this "
                "engine cannot convert (it lacks zscale or tonemap). Upload it as ordinary BT.709 video.",
            )
