"""Why the encoder failed: each asset is read once more, alone, and one that fails again is the cause."""

from collections.abc import Iterator

from render_engine.children import ask
from render_engine.composition import Composition
from render_engine.errors import EncoderFailed, EngineError, Refused
from render_engine.plan import QUIET, Material, most_pixels
from render_engine.reading import CUT_SHORT, GUARDS, TOO_LARGE
from render_engine.sound import stereo

SECONDS_TO_READ = 60


def blame(error: EncoderFailed, composition: Composition, material: Material, ffmpeg: str) -> EngineError:
    """The error itself, or the refusal of an asset with which every attempt would end like this."""
    if error.killed:
        return error
    for asset, reading in _readings(composition, material):
        printed = ask([ffmpeg, *QUIET, *GUARDS, *reading, "-f", "null", "-"], seconds=SECONDS_TO_READ)
        if TOO_LARGE.search(printed.words):
            detail = (
                f"Asset {asset} has later pictures that are larger than its first, and too large together."
            )
            return Refused("asset_pixels_exceeded", detail)
        if CUT_SHORT.search(printed.words):
            return Refused(
                "asset_unreadable", f"Asset {asset} is cut short or damaged; upload the whole file."
            )
        if printed.code > 0:
            detail = f"Asset {asset} can be opened, but not be brought into the video."
            return Refused("asset_unreadable", detail)
    return error


def _readings(composition: Composition, material: Material) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each asset with the arguments that read it as the video does."""
    shown = {(scene.media.asset, scene.media.fit) for scene in composition.scenes if scene.media}
    for asset, fit in sorted(shown):
        footage = material.footage[asset]
        filters = footage.filters(composition.width, composition.height, fit)
        options = (*most_pixels(composition, footage), *footage.decoding)
        yield asset, (*options, "-i", f"file:{footage.path}", "-map", "0:V:0", "-vf", filters)
    for asset, layout in material.sounds.items():
        yield asset, ("-i", f"file:{material.files[asset]}", "-map", "0:a:0", "-af", stereo(layout))
